/**
 * The demo's regions list 73 of the 77 provinces, where the guide's list 13: the six regions of the Royal Society, apart from
 * the guide's own choices. The four youngest provinces are in no list, so that some projects have no region yet.
 */
import type { Tx } from '../db/connection.ts';

const words = (text: string) => text.trim().split(/\s+/);

const REGIONS = [
  { name: 'northern', displayName: 'Northern Thailand', thai: 'ภาคเหนือ', provinces: ['แม่ฮ่องสอน'] },
  {
    ...{ name: 'western', displayName: 'Western Thailand', thai: 'ภาคตะวันตก' },
    provinces: words('กาญจนบุรี ราชบุรี เพชรบุรี ประจวบคีรีขันธ์'),
  },
  {
    ...{ name: 'central', displayName: 'Central Thailand', thai: 'ภาคกลาง' },
    provinces: words(`สมุทรปราการ นนทบุรี ปทุมธานี พระนครศรีอยุธยา อ่างทอง ลพบุรี สิงห์บุรี ชัยนาท สระบุรี นครนายก
      นครสวรรค์ อุทัยธานี กำแพงเพชร เพชรบูรณ์ สุพรรณบุรี นครปฐม สมุทรสาคร สมุทรสงคราม`),
  },
  {
    ...{ name: 'northeastern', displayName: 'Northeastern Thailand', thai: 'ภาคตะวันออกเฉียงเหนือ' },
    provinces: words(`นครราชสีมา บุรีรัมย์ สุรินทร์ ศรีสะเกษ อุบลราชธานี ยโสธร ชัยภูมิ ขอนแก่น อุดรธานี เลย หนองคาย
      มหาสารคาม ร้อยเอ็ด กาฬสินธุ์ สกลนคร นครพนม มุกดาหาร`),
  },
  {
    ...{ name: 'eastern', displayName: 'Eastern Thailand', thai: 'ภาคตะวันออก' },
    provinces: words('ชลบุรี ระยอง จันทบุรี ตราด ฉะเชิงเทรา ปราจีนบุรี'),
  },
  {
    ...{ name: 'southern', displayName: 'Southern Thailand', thai: 'ภาคใต้' },
    provinces: words(`นครศรีธรรมราช กระบี่ พังงา ภูเก็ต สุราษฎร์ธานี ระนอง ชุมพร สงขลา สตูล ตรัง พัทลุง ปัตตานี ยะลา
      นราธิวาส`),
  },
];

/**
 * Adds the regions that are missing, and provinces to those that are there. A province that a region lists already, active or
 * not, stays where it is.
 */
export async function ensureRegions(tx: Tx): Promise<void> {
  await tx`
    WITH listed AS (
      SELECT btrim(province) AS province
      FROM "ProjectRegions"
      CROSS JOIN jsonb_array_elements_text(
        CASE jsonb_typeof("Provinces") WHEN 'array' THEN "Provinces" ELSE '[]' END
      ) AS province
    ), wanted AS (
      SELECT name, "displayName", thai, (
        SELECT coalesce(jsonb_agg(province ORDER BY place), '[]')
        FROM jsonb_array_elements_text(provinces) WITH ORDINALITY AS added (province, place)
        WHERE province NOT IN (SELECT province FROM listed WHERE province IS NOT NULL)
      ) AS provinces
      FROM jsonb_to_recordset(${tx.json(REGIONS)}) AS region (name text, "displayName" text, thai text, provinces jsonb)
    ), extended AS (
      UPDATE "ProjectRegions" SET "Provinces" = "Provinces" || provinces
      FROM wanted
      WHERE lower("RegionName") = name AND "IsActive" AND jsonb_typeof("Provinces") = 'array' AND provinces <> '[]'
    )
    INSERT INTO "ProjectRegions" (
      "RegionId", "RegionName", "RegionDisplayName", "Provinces", "Description", "IsActive", "CreatedAt"
    )
    SELECT md5('demo region ' || name)::uuid, name, "displayName", provinces, thai, true, now()
    FROM wanted
    WHERE NOT EXISTS (SELECT FROM "ProjectRegions" WHERE lower("RegionName") = name)`;
}
