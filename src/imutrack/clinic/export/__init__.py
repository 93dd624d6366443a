"""Everything of one patient, to take elsewhere: a FHIR bundle, or tables for a spreadsheet."""

from imutrack.clinic.export.records import Records, gather
from imutrack.clinic.export.writing import FORMATS, NOTE, Exported, write

__all__ = ["FORMATS", "NOTE", "Exported", "Records", "gather", "write"]
