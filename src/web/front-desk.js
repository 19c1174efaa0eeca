// The front desk: calls as they happen, and what came of them. Everything is written with
// textContent, because names and words come from outside.

const byId = (id) => document.getElementById(id);
const live = new Map();
let timezone;

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function when(iso) {
  const parts = { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' };
  return new Intl.DateTimeFormat(undefined, { ...parts, timeZone: timezone }).format(new Date(iso));
}

const words = (id) => String(id).replaceAll('_', ' ');

function length(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function card(session) {
  const article = element('article');
  const title = element('h3', session.caller_phone);
  title.append(
    element('span', words(session.current_state) + (session.speaking ? ', speaking' : ''), 'state'),
  );
  article.append(title);
  for (const turn of session.conversation_history.slice(-4)) {
    article.append(element('p', turn.content, `turn ${turn.role}`));
  }
  return article;
}

function showLive() {
  const cards = [...live.values()].map(card);
  byId('live').replaceChildren(
    ...(cards.length > 0 ? cards : [element('p', 'No call at the moment.', 'quiet')]),
  );
}

function row(cells) {
  const tr = element('tr');
  for (const cell of cells) tr.append(element('td', cell));
  return tr;
}

function showRows(id, rows, nothing) {
  const cell = element('td', nothing, 'quiet');
  cell.colSpan = 4;
  const empty = element('tr');
  empty.append(cell);
  byId(id).replaceChildren(...(rows.length > 0 ? rows : [empty]));
}

async function get(path) {
  const response = await fetch(path, { headers: { Accept: 'application/json' } });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

async function refresh() {
  try {
    const from = encodeURIComponent(new Date().toISOString());
    const [shop, coming, finished, known] = await Promise.all([
      get('/api/shop'),
      get(`/api/appointments?from=${from}&limit=200`),
      get('/api/calls?limit=20'),
      get('/api/customers?limit=200'),
    ]);
    timezone = shop.timezone;
    byId('shop').textContent = shop.name;
    document.title = `${shop.name} · front desk`;
    const customers = new Map(known.customers.map((customer) => [customer.id, customer]));
    const booked = coming.appointments.filter(({ status }) => status === 'booked');
    booked.sort((one, other) => Date.parse(one.date) - Date.parse(other.date));
    const rows = booked.map((appointment) =>
      appointmentRow(appointment, customers.get(appointment.customer_id)),
    );
    showRows('appointments', rows, 'No appointment is booked.');
    showRows('calls', finished.calls.map(callRow), 'No call yet.');
  } catch (error) {
    byId('connection').textContent = error.message;
  }
}

function appointmentRow(appointment, customer) {
  const name = customer ? `${customer.first_name} ${customer.last_name}` : (appointment.caller_phone ?? '');
  const vehicle = customer?.vehicles.find(({ id }) => id === appointment.vehicle_id);
  const car = vehicle ? [vehicle.year, vehicle.make, vehicle.model].filter(Boolean).join(' ') : '';
  return row([when(appointment.date), words(appointment.service_type), name, car]);
}

function callRow(call) {
  const tr = row([when(call.started_at), call.caller_phone, length(call.duration_ms), words(call.outcome)]);
  if (call.outcome === 'callback_requested') tr.className = 'owed';
  return tr;
}

const REFUSED_AGAIN_AFTER_MS = 10_000;

function watchCalls() {
  const events = new EventSource('/api/live');
  events.addEventListener('open', () => {
    live.clear();
    showLive();
    byId('connection').textContent = 'live';
    void refresh();
  });
  events.addEventListener('error', () => {
    byId('connection').textContent = 'reconnecting';
    // Refused, because too many pages watch or the gateway is just starting: the browser does not ask again by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(watchCalls, REFUSED_AGAIN_AFTER_MS);
  });
  events.addEventListener('session', ({ data }) => {
    const session = JSON.parse(data);
    live.set(session.call_sid, session);
    showLive();
  });
  events.addEventListener('ended', ({ data }) => {
    live.delete(JSON.parse(data).call_sid);
    showLive();
    setTimeout(refresh, 500);
  });
}

watchCalls();
showLive();
