/** Counts of checks by rule and by aspect are read from an index, not from the checks. */
export const checksByRule = `
create index check_by_rule on evidence_check(import_id, rule, verdict);
create index check_by_aspect on evidence_check(import_id, aspect);
`;
