import { defineConfig } from 'drizzle-kit';

// `npx drizzle-kit generate --name <what-changes>` writes the next migration; the gateway runs them when it starts.
// It compares the schema with the latest snapshot in `migrations/meta`; older ones are of no use and are deleted.
export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/database/schema.ts', './src/database/call-schema.ts', './src/database/import-schema.ts'],
  out: './src/database/migrations',
});
