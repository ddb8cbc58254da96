"""Pure rules of pharmacovigilance: clocks, E2B(R3), statistics, forecasts."""
