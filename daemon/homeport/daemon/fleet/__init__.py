"""Every model that could be asked, as it stands now."""
