import { comingAppointmentsContract } from '../contracts/coming-appointments.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) comingAppointmentsContract(kind);
