"""One strap's link: scanned for, connected one at a time, set up, watched, and connected anew."""
