"""The commands. Exit status: 0 done, 1 something failed and it said what, 2 the call or the configuration is wrong.

Errors are one line on stderr, never a traceback. Heavy libraries are imported by the command that needs them, so that `--help`
is instant.
"""

import io
import sys
import traceback
from pathlib import Path

import click

from triage import __version__
from triage.cli import casework, intake, looking, people, teaching, users
from triage.cli.base import complain
from triage.errors import TriageError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        result = commands.main(args=arguments, prog_name="run_triage.py", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        group = error.ctx.command_path.removeprefix("run_triage.py").strip()
        complain(f"name a command of {group}; {group} --help lists them" if group else "name a command, such as check; --help lists them")
        return 2
    except click.ClickException as error:
        complain(error.format_message())
        return 2
    except click.Abort:
        return 1
    except TriageError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        return 1
    except OSError as error:
        complain(f"{error.filename or 'the output cannot be written'}: {error.strerror or type(error).__name__}")
        return 1
    except Exception as error:
        # A fault of the program itself. Its text may hold words of a mail, so only its kind and place are said.
        place = traceback.extract_tb(error.__traceback__)[-1]
        complain(f"the program has a fault ({type(error).__name__} in {Path(place.filename).name}, line {place.lineno}); please report it")
        return 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="Triage %(version)s")
def commands() -> None:
    """Triage logs what families write to a council's children's services, so that no complaint is lost."""


for command in casework.OF_CASE:
    people.case.add_command(command)
for command in casework.OF_MESSAGE:
    people.message.add_command(command)
for command in (*intake.COMMANDS, *looking.COMMANDS, *people.COMMANDS, *teaching.COMMANDS, *users.COMMANDS):
    commands.add_command(command)
