import { ground } from './0001-ground.ts';

/** Every migration in order: the version a store reaches is its place in this list, from 1. */
export const migrations: { name: string; sql: string }[] = [{ name: '0001-ground', sql: ground }];
