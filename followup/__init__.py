"""What a hospital does for a patient: infusion, schedule, visit, event, sample, reminder."""
