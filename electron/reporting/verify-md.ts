export interface VerifyMdInput {
  /** In the order of signing; `file` is the stem of the signer's files, such as `1-reviewer`. */
  signers: { role: string; file: string }[];
  /** Length of the unsigned PDF, and its SHA-256 in hex. */
  pdfBytes: number;
  pdfDigest: string;
  isDraft: boolean;
  /** Whether report.json names the digest of journal/entries.json: reports of old do not. */
  hasEntries: boolean;
}
/** The texts that were ever written, the newest last: a package keeps the one that it was exported with. */
type Edition = 1 | 2;

const encoding =
  'import json,base64,sys;e=json.load(open(sys.argv[1]));p=base64.b64decode(e["payload"]);t=e["payloadType"].encode();sys.stdout.buffer.write(b"DSSEv1 %d %s %d %s"%(len(t),t,len(p),p))';
const signature =
  'import json,base64,sys;sys.stdout.buffer.write(base64.b64decode(json.load(open(sys.argv[1]))["signatures"][0]["sig"]))';
const said =
  'import json,base64,sys;p=json.loads(base64.b64decode(json.load(open(sys.argv[1]))["payload"]));[print(s["digest"]["sha256"],s["name"]) for s in p["subject"]];print(*(p["predicate"][k] for k in ("role","decision","signedAt")))';
const held =
  'import json,base64,sys;p=json.loads(base64.b64decode(json.load(open(sys.argv[1]))["payload"]));w=sys.argv[2]+"/unsigned.pdf";open(w,"wb").write(open("report.pdf","rb").read()[:p["predicate"]["pdfBytes"]]);d={s["name"]:s["digest"]["sha256"] for s in p["subject"]};print("\\n".join(d[n]+"  "+f for n,f in (("report.json","report.json"),("evidence.sha256","evidence.sha256"),("report.pdf",w))))';
const entries =
  'import json;print(json.load(open("report.json","rb"))["journal"]["entries"][7:]+"  journal/entries.json")';
const place =
  'import json,base64,sys;j=json.load(open("report.json","rb"))["journal"];t=open("journal/checkpoint.txt",encoding="utf-8").read().split("\\n");k=base64.b64decode("".join(open("journal/key.pem").read().split("\\n")[1:-2]))[-32:];sys.exit(None if t[1:3]==[str(j["size"]),j["root"]] and k==base64.b64decode(j["key"].split("+",2)[2])[1:] else "another place, or another key, than report.json names")';
const unwrap =
  'import re,sys;w=sys.argv[1];b=open("report.pdf","rb").read();r=[[int(n) for n in m] for m in re.findall(rb"/ByteRange \\[(\\d+) +(\\d+) +(\\d+) +(\\d+) *\\]",b)];[(open(f"{w}/{i}.data","wb").write(b[:m[1]]+b[m[2]:m[2]+m[3]]),open(f"{w}/{i}.cms","wb").write(bytes.fromhex(b[m[1]+1:m[2]-1].decode()))) for i,m in enumerate(r,1)];print(len(r),"signatures; the last ends at",r[-1][2]+r[-1][3],"of",len(b),"bytes")';
const note =
  'import base64,sys;w=sys.argv[1];t,s=open("journal/checkpoint.txt",encoding="utf-8",newline="").read().rsplit("\\n\\n",1);open(w+"/note","wb").write((t+"\\n").encode());open(w+"/note.sig","wb").write(base64.b64decode(s.split(" ")[2])[4:])';

const decision = ({ role, file }: VerifyMdInput['signers'][number], edition: Edition): string => `### The ${role}

    openssl x509 -in signers/${file}.cert.pem -noout -subject -fingerprint -sha256
    openssl pkey -pubin -in signers/${file}.pub.pem -outform DER | sha256sum
    python3 -c '${encoding}' decisions/${file}.dsse.json > "$work/signed"
    python3 -c '${signature}' decisions/${file}.dsse.json > "$work/signature"
    openssl dgst -sha256 -verify signers/${file}.pub.pem -signature "$work/signature" "$work/signed"
    python3 -c '${said}' decisions/${file}.dsse.json
${
  edition === 1
    ? ''
    : `    python3 -c '${held}' decisions/${file}.dsse.json "$work" | sha256sum -c --strict
`
}
The second command gives the fingerprint of the key: compare it with the person by voice. \`Verified OK\` says that this key signed; the lines after it say what: digests of report.json, of the PDF before it was signed and of evidence.sha256, the role, the decision and the time.${edition === 1 ? '' : ' The last command holds those three digests against what lies here: it must say OK three times, for report.json, for evidence.sha256 and for unsigned.pdf, which is report.pdf as it was before its first signature.'}
`;

const pdf = ({ signers, pdfBytes, pdfDigest }: VerifyMdInput): string => `## The PDF is the one that was signed

Before its first signature it had ${pdfBytes} bytes; a signature only appends. This gives ${pdfDigest}, the digest of report.pdf in every decision:

    head -c ${pdfBytes} report.pdf | sha256sum

Its signatures, each over all but its own gap:

    python3 -c '${unwrap}' "$work"
${signers.map(({ file }, index) => `    openssl cms -verify -cades -binary -inform DER -in "$work/${index + 1}.cms" -content "$work/${index + 1}.data" -CAfile signers/${file}.cert.pem -partial_chain -purpose any -out /dev/null`).join('\n')}

The last must end where the file ends, or something was appended that nobody signed. \`pdfsig report.pdf\` and PDF readers show the same.
`;

/** What report.json says of the journal, held against the files beside it. */
const journal = ({ hasEntries }: VerifyMdInput): string => `
What \`journal/entries.json\` holds must have the digest that report.json names as \`journal.entries\`, and checkpoint and key must be those that it names:

${hasEntries ? `    python3 -c '${entries}' | sha256sum -c --strict\n` : ''}    python3 -c '${place}'
`;

/** VERIFY.md as it was ever written about such a package. */
export const verifyMds = (input: VerifyMdInput): string[] => [verifyMd(input, 1), verifyMd(input)];

/** VERIFY.md: how a stranger checks a package with sha256sum, openssl and a little Python, command by command. */
export function verifyMd(input: VerifyMdInput, edition: Edition = 2): string {
  const { signers, isDraft } = input;
  return `# How to check this report

${isDraft ? 'This is a draft: nobody has signed it.\n\n' : ''}With sha256sum, openssl 3, pdfdetach, and a Python that only unpacks${edition === 1 ? '' : ' and compares'}. Run the commands in this folder, in one shell. This file itself is signed by nobody: read a command before you run it.

    work=$(mktemp -d)

## The files are those that were exported

    sha256sum -c --strict SHA256SUMS

## The evidence is the evidence that was reviewed

In the folder of the evidence, with the path of this folder for \`…\`: \`sha256sum -c …/evidence.sha256\`
${edition === 1 ? '' : '\nThe list names every file whose bytes were read, also those that nothing in the evidence vouches for: `coverage.unvouched` of report.json counts them.\n'}
${isDraft ? '' : `## The decisions are signed\n\n${signers.map((each) => decision(each, edition)).join('\n')}\n${pdf(input)}\n`}## The PDF and the data say the same

    pdfdetach -save 1 -o "$work/report.json" report.pdf && cmp "$work/report.json" report.json

## The journal stood where the report says

\`journal/checkpoint.txt\` is a C2SP checkpoint, signed by \`journal/key.pem\`; its second and third line are \`journal.size\` and \`journal.root\` of report.json. \`journal/entries.json\` holds the entries of this case, each with its place and its inclusion proof (RFC 9162) in that tree.

    python3 -c '${note}' "$work"
    openssl pkeyutl -verify -pubin -inkey journal/key.pem -rawin -in "$work/note" -sigfile "$work/note.sig"
${edition === 1 ? '' : journal(input)}`;
}
