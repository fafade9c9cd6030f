"""`make charts`: lint the charts, write again what is made of them, and ask Kubernetes' schemas.

Read the diff before you commit it. Without Helm, and without Go to build it, nothing is written.
"""

import subprocess
import sys

from tests.deploy import charts, schemas


def main() -> int:
    """Returns the exit status."""
    try:
        program = charts.helm(build=True)
        print(charts.lint(program))
        for case in charts.cases():
            text = charts.rendered(program, charts.chart_of(case), case / "values.yaml")
            (case / "expected.yaml").write_text(text)
        charts.INSTALL.write_text(charts.install(program))
        files = [charts.INSTALL, *(case / "expected.yaml" for case in charts.cases())]
        faults = [said for each in files for said in schemas.faults(schemas.in_file(each))]
        print("\n".join(faults) or f"{len(files)} files: every field is known")
        return 1 if faults else 0
    except charts.NoHelm as error:
        print(f"Not everything was done: {error}.", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
