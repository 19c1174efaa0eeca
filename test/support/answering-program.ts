// Run as a process of its own: ends with the status that it is given.
const status: number = Number(process.argv[2]);
process.exit(status);
