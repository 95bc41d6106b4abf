import { lexer, type Token, type Tokens } from 'marked';
import type { ReactNode } from 'react';

/** Words within a line. What is none of these stands as it was written. */
function inline(tokens: readonly Token[]): ReactNode[] {
  return tokens.map((token, index) => {
    const inner = 'tokens' in token && token.tokens !== undefined ? inline(token.tokens) : [];
    switch (token.type) {
      case 'strong':
        return <b key={index}>{inner}</b>;
      case 'em':
        return <em key={index}>{inner}</em>;
      case 'codespan':
        return <code key={index}>{(token as Tokens.Codespan).text}</code>;
      case 'br':
        return <br key={index} />;
      case 'text':
      case 'link':
        return <span key={index}>{inner.length > 0 ? inner : (token as Tokens.Text).text}</span>;
      case 'escape':
        return <span key={index}>{(token as Tokens.Escape).text}</span>;
      default:
        return <span key={index}>{token.raw}</span>;
    }
  });
}

const Row = ({ cells, isHead = false }: { cells: readonly Tokens.TableCell[]; isHead?: boolean }) => (
  <tr>
    {cells.map(({ tokens }, index) =>
      isHead ? <th key={index}>{inline(tokens)}</th> : <td key={index}>{inline(tokens)}</td>,
    )}
  </tr>
);

function block(token: Token, index: number): ReactNode {
  switch (token.type) {
    case 'heading': {
      const { depth, tokens } = token as Tokens.Heading;
      return depth <= 2 ? <h2 key={index}>{inline(tokens)}</h2> : <h3 key={index}>{inline(tokens)}</h3>;
    }
    case 'paragraph':
      return <p key={index}>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return (
        <table key={index}>
          <thead>
            <Row cells={header} isHead />
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              <Row key={row} cells={cells} />
            ))}
          </tbody>
        </table>
      );
    }
    case 'list': {
      const { ordered, items } = token as Tokens.List;
      const inner = items.map(({ tokens }, item) => <li key={item}>{tokens.map(block)}</li>);
      return ordered ? <ol key={index}>{inner}</ol> : <ul key={index}>{inner}</ul>;
    }
    case 'code':
      return <pre key={index}>{(token as Tokens.Code).text}</pre>;
    case 'text':
      return <span key={index}>{inline([token])}</span>;
    case 'space':
      return null;
    default:
      return <p key={index}>{token.raw}</p>;
  }
}

/** A document of ours as a page: elements only, never HTML that somebody wrote. Evidence is never shown by it. */
export const Markdown = ({ text }: { text: string }) => <div className="md">{lexer(text).map(block)}</div>;
