"""What a holder and a safety officer answer for: cases, ICSRs, clocks, commitments, reports."""
