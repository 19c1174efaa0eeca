ALTER TABLE "public"."calls" ADD COLUMN "agent" text;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "usage" jsonb;