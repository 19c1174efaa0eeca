/** What a column can hold; `vehicle` is year, make and model in one, `name` the first and the last name. */
export const IMPORT_FIELDS = [
  'phone_number',
  'name',
  'first_name',
  'last_name',
  'email',
  'notes',
  'vehicle',
  'make',
  'model',
  'year',
  'vin',
  'plate',
] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** Which cells of a record hold what. */
export interface CsvColumns {
  /** The cells with a phone number, those first that a customer is likelier to call from. */
  readonly phones: readonly number[];
  readonly cells: ReadonlyMap<ImportField, number>;
  /** Each header as it is written, with what it was taken for; null: the column is ignored. */
  readonly headers: readonly { readonly header: string; readonly field: ImportField | null }[];
}

/** Words around a header that say nothing of its meaning. */
const FILLERS =
  /^(the|of|s|no|nr|num|number|nummer|numero|customer|client|contact|owner|primary|main|vehicle|car|auto|de|del|kunden?|address|adresse|\d)$/;

/** Words of headers, joined without what separates them; English, German and Spanish. `nombre` is a first name beside a last name, else the whole. */
const MEANINGS: readonly (readonly [ImportField | 'nombre', rank: number, pattern: RegExp])[] = [
  [
    'phone_number',
    0,
    /^(mobile|mobil|cell|cellular|handy|movil|celular)(phone|tel|telefono?)?$|^tel(efono)?(movil|celular)$/,
  ],
  ['phone_number', 1, /^(tele)?(phone|fon)$|^tel(efono|efon)?$|^ruf$|^rufnummer$|^callerid$/],
  [
    'phone_number',
    2,
    /^(home|private?|privat|work|business|office|day|evening|other)(tele)?(phone|fon|tel)$/,
  ],
  ['first_name', 0, /^(first|given|fore|christian)(names?)?$|^vornamen?$|^nombrepila$/],
  ['last_name', 0, /^(last|family|sur)(names?)?$|^(nach|familien)namen?$|^apellidos?$/],
  ['nombre', 0, /^nombres?$/],
  ['name', 0, /^(full|display|company|business)?name$|^(customer|client|contact|owner|kunde|cliente)$/],
  ['email', 0, /^e?mails?$|^correo(electronico)?$/],
  ['notes', 0, /^(notes?|comments?|remarks?|memo|bemerkung(en)?|notiz(en)?|notas?|observaciones)$/],
  ['vin', 0, /^(vin|vincode|fin|chassis|fahrgestell|fahrzeugident(ifikations)?|bastidor|identification)$/],
  [
    'plate',
    0,
    /^(number|license|licence|registration)?(plates?|tag)$|^(license|licence|registration|reg|kennzeichen|matricula|placas?)$/,
  ],
  ['make', 0, /^(make|manufacturer|brand|marke|hersteller|marca|fabricante)$/],
  ['model', 0, /^(model|modell|modelo)(name)?$/],
  ['year', 0, /^(model)?year$|^(bau|modell?)jahr$|^(ano|anio)(modelo)?$/],
  ['vehicle', 0, /^(vehicles?|car|fahrzeug|vehiculo|coche|auto)$|^yearmakemodel$/],
];

/** Finds out what the columns hold by their headers, in any case and with spaces, dots, dashes or underscores. Of two alike the first counts. */
export function columnsOf(headers: readonly string[]): CsvColumns {
  const found = headers.map((header) => meaningOf(header));
  const has = (field: string) => found.some((meaning) => meaning?.field === field);
  const fields = found.map((meaning) => (meaning === null ? null : settled(meaning.field, has)));
  const cells = new Map<ImportField, number>();
  const named = fields.map((field, at) => {
    if (field === null || field === 'phone_number') return field;
    if (cells.has(field)) return null;
    cells.set(field, at);
    return field;
  });
  const ranked = found.flatMap((meaning, at) =>
    meaning?.field === 'phone_number' ? [{ at, rank: meaning.rank }] : [],
  );
  const phones = ranked.sort((a, b) => a.rank - b.rank).map(({ at }) => at);
  return {
    phones,
    cells,
    headers: headers.map((header, at) => ({ header: header.trim(), field: named[at] ?? null })),
  };
}

function meaningOf(header: string): { field: ImportField | 'nombre'; rank: number } | null {
  const words = header
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ');
  // As it is written before it is read without its fillers: `customer` alone is a name, `customer phone` a number.
  const plain = words.filter((word) => !FILLERS.test(word)).join('');
  for (const text of [words.join(''), plain, plain.replace(/(number|nummer|nr)$/, '')]) {
    const meaning = MEANINGS.find(([, , pattern]) => pattern.test(text));
    if (meaning) return { field: meaning[0], rank: meaning[1] };
  }
  return null;
}

/** `Nombre` beside `Apellidos` is the first name, `Name` beside `Vorname` alone the last one. */
function settled(field: ImportField | 'nombre', has: (field: string) => boolean): ImportField {
  if (field === 'nombre') return has('last_name') ? 'first_name' : 'name';
  if (field === 'name' && has('first_name') && !has('last_name')) return 'last_name';
  return field;
}
