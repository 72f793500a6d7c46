-- AlterTable
ALTER TABLE "ad_reach" ADD COLUMN     "rolling" BOOLEAN NOT NULL DEFAULT false;
