"""`portway demo`: a working gateway in front of sample backends, with requests to try.

Composition only: the sample backends, one folder of manifests and one instance.

    site.yaml   the manifests, with the backends' addresses left open
    tries       the requests, as curl lines and as something that can be checked
"""

from portway.app.demo.demonstration import run

__all__ = ["run"]
