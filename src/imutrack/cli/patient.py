"""``imutrack patient``: who the results belong to, by pseudonym."""

from typing import Annotated

import typer

from imutrack.cli.options import Config, DataDir

__all__ = ["app"]

app = typer.Typer(help="Who the results belong to, by pseudonym.", no_args_is_help=True)


@app.command()
def add(
    pseudonym: Annotated[str | None, typer.Argument(help="A pseudonym to use; without it one is made.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Register a patient and print the pseudonym to use from now on."""
    from imutrack import config as settings
    from imutrack.clinic.patients import Patients
    from imutrack.stores.local import LocalStore

    with LocalStore.open(settings.load(config, data_dir).data_dir) as store:
        print(Patients(store).add(pseudonym))


@app.command("list")
def list_patients(data_dir: DataDir = None, config: Config = None) -> None:
    """List the patients."""
    from imutrack import config as settings
    from imutrack.clinic.patients import Patients
    from imutrack.stores.local import LocalStore

    with LocalStore.open(settings.load(config, data_dir).data_dir) as store:
        patients = Patients(store).list()
        for found in patients:
            print(f"{found.pseudonym}  {found.status}")
        if not patients:
            print("no patients yet: imutrack patient add")
