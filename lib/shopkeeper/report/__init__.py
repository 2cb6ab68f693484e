"""Reports: what a notebook calls to speak (page), and how its words become one HTML file (export)."""
