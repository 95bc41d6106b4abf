/**
 * How Node is started for the process that holds the workstation, in either shell. A small nursery: what a long import
 * says and forgets would otherwise grow it to 48 MiB, more than all that the workstation itself needs.
 */
export const hostFlags = ['--max-semi-space-size=1'];
