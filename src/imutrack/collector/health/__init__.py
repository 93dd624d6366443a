"""Health: pages and figures, the log, what systemd and the store are told, and what is thrown away when."""
