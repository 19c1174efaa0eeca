-- Ranges bring their own GiST operator classes, so no extension is needed: a bay is written as a range of one number.
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_bay_free" EXCLUDE USING gist (
	int4range("bay"::integer, "bay"::integer, '[]') WITH &&,
	tstzrange("starts_at", "ends_at") WITH &&
) WHERE ("status" IN ('held', 'booked'));
