"""Attribution: what each channel brings, by journeys, by the media mix and by experiments."""
