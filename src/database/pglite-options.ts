import type { PGliteOptions } from '@electric-sql/pglite';

/** PostgreSQL's default of 128 MB of shared buffers is a third of the memory of the whole gateway. */
export const PGLITE_OPTIONS: PGliteOptions = { postgresqlconf: ['shared_buffers = 8MB'] };

/** The major version of PostgreSQL that this PGlite is; it opens no folder of another one. */
export const PGLITE_VERSION = '18';
