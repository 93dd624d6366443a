"""Dashboards as code: one description of panels, the files Grafana reads, and what checks both.

`imutrack.grafana.boards` holds the description, `imutrack.grafana.files` writes it down, `imutrack.grafana.checking`
holds the files against the schema.
"""
