/** Names of the signature fields that every report is laid out with, in the order of signing. */
export const signatureFields = ['reviewer', 'approver'] as const;
