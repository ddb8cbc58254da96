"""What migrations reckoned for cases from other columns, for images that are older than they."""

from types import MappingProxyType

# Migration 0007 gave cases that were nullified before it the day of their last version.
CASE = MappingProxyType(
    {
        "nullified_on": """coalesce((image->>'nullified_on')::date,
        CASE WHEN image->>'stage' = 'nullified' THEN greatest(
            (image->>'received_on')::date,
            (SELECT max((v.created_at AT TIME ZONE 'Asia/Shanghai')::date)
             FROM public.pv_caseversion v WHERE v.case_id = (image->>'id')::uuid)) END)"""
    }
)
