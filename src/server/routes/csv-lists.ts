import type { Appointment } from '../../appointments/appointment.js';
import type { FinishedCall } from '../../call-log/finished-call.js';
import type { CustomerRecord } from '../../customers/customer.js';
import type { CsvList } from '../csv-answer.js';

type Page<Entry> = CsvList<Entry>['page'];

/** A line for each vehicle, so that the import understands it; a customer without one has a line, too. */
export function customersCsv(page: Page<CustomerRecord>): CsvList<CustomerRecord> {
  const columns = [
    ...['id', 'phone_number', 'first_name', 'last_name', 'email', 'notes', 'make', 'model', 'year'],
    ...['vin', 'plate', 'last_service_date', 'next_appointment'],
  ];
  const linesOf = (customer: CustomerRecord) => {
    const { id, phone_number, first_name, last_name, email, notes, last_service_date } = customer;
    const next = customer.upcoming_appointments[0]?.date ?? null;
    const vehicles = customer.vehicles.length > 0 ? customer.vehicles : [null];
    return vehicles.map((vehicle) => [
      ...[id, phone_number, first_name, last_name, email, notes],
      ...[vehicle?.make ?? null, vehicle?.model ?? null, vehicle?.year ?? null],
      ...[vehicle?.vin ?? null, vehicle?.plate ?? null, last_service_date, next],
    ]);
  };
  return { name: 'customers', columns, linesOf, page };
}

export function appointmentsCsv(page: Page<Appointment>): CsvList<Appointment> {
  const columns = [
    ...['id', 'service_type', 'date', 'ends_at', 'bay', 'status', 'confirmed', 'notes'],
    ...['caller_phone', 'customer_id', 'vehicle_id'],
  ];
  const linesOf = (each: Appointment) => [
    [
      ...[each.id, each.service_type, each.date, each.ends_at, each.bay, each.status],
      ...[each.confirmed, each.notes, each.caller_phone, each.customer_id, each.vehicle_id],
    ],
  ];
  return { name: 'appointments', columns, linesOf, page };
}

/** Without what was said; delays are the median of the answers. */
export function callsCsv(page: Page<FinishedCall>): CsvList<FinishedCall> {
  const columns = [
    ...['call_sid', 'caller_phone', 'customer_id', 'started_at', 'ended_at', 'duration_ms', 'outcome'],
    ...['intent', 'summary', 'path', 'after_hours', 'test', 'interruptions', 'agent', 'response_ms'],
  ];
  const linesOf = (call: FinishedCall) => [
    [
      ...[call.call_sid, call.caller_phone, call.customer_id, call.started_at, call.ended_at],
      ...[call.duration_ms, call.outcome, call.intent, call.summary, call.path, call.after_hours],
      ...[call.test, call.interruptions, call.agent, call.latency?.response_ms?.median ?? null],
    ],
  ];
  return { name: 'calls', columns, linesOf, page };
}
