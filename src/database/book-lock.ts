/**
 * The lock of the book, see {@link Database.locked}; any number that nothing else in the database locks. While one has it nobody else writes in the
 * book, and nobody changes the rules that a booking is checked by: to choose a bay and to take it become one step, and bookings and changes of the
 * shop come one after the other.
 */
export const BOOK_LOCK = 227_529_464;
