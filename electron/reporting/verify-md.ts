/** VERIFY.md: how a stranger checks a package with sha256sum and openssl alone, command by command. */
export function verifyMd({
  signers,
  pdfBytes,
  pdfDigest,
  isDraft,
}: {
  signers: { role: string; file: string; envelope: string }[];
  pdfBytes: number;
  pdfDigest: string;
  isDraft: boolean;
}): string {
  const envelopes = signers.map(
    ({ role, file, envelope }) => `### The ${role}

    openssl x509 -in signers/${file}.cert.pem -noout -subject -fingerprint -sha256
    python3 -c 'import json,base64,sys;e=json.load(open(sys.argv[1]));p=base64.b64decode(e["payload"]);t=e["payloadType"].encode();sys.stdout.buffer.write(b"DSSEv1 %d %s %d %s"%(len(t),t,len(p),p))' ${envelope} > /tmp/signed
    python3 -c 'import json,base64,sys;sys.stdout.buffer.write(base64.b64decode(json.load(open(sys.argv[1]))["signatures"][0]["sig"]))' ${envelope} > /tmp/signature
    openssl dgst -sha256 -verify signers/${file}.pub.pem -signature /tmp/signature /tmp/signed

The last command prints \`Verified OK\`. The payload (\`base64 -d\` of \`payload\`) names the digests of report.json and of the unsigned PDF, the decision and the time. Compare the fingerprint with the person by voice.
`,
  );
  return `# How to check this report

${isDraft ? 'This is a draft: nobody has signed it.\n\n' : ''}With sha256sum, openssl and a Python that only unpacks base64. Run the commands in this folder.

## The files are those that were exported

    sha256sum -c SHA256SUMS

## The evidence is the evidence that was reviewed

In the folder of the evidence:

    sha256sum -c /path/to/this/evidence.sha256

${isDraft ? '' : `## The decisions are signed\n\n${envelopes.join('\n')}\n## The PDF is the one that was signed\n\nBefore its first signature it had ${pdfBytes} bytes; a signature only appends:\n\n    head -c ${pdfBytes} report.pdf | sha256sum\n\nThis gives ${pdfDigest}, the digest of the subject report.pdf in every envelope. The signatures inside (PAdES) are shown by \`pdfsig report.pdf\` or any PDF reader.\n`}
## The PDF and the data say the same

    pdfdetach -save 1 -o /tmp/embedded.json report.pdf && cmp /tmp/embedded.json report.json

## The journal

\`journal/checkpoint.txt\` is a C2SP checkpoint; \`journal/key.pem\` is the key it is signed by. \`journal/entries.json\` holds the entries of this case, each with its place and its inclusion proof (RFC 9162) in that tree.
`;
}
