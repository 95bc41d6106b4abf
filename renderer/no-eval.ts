import { config } from 'zod';

// The page may not compile code (its Content Security Policy): zod is told not to try. Imported before any schema.
config({ jitless: true });
