"""Deployments and the Pods they want."""

from tests.conformance.harness.deployments import pods_of, steps
from tests.conformance.manifests import deployment, pod


def test_as_many_pods_as_replicas_each_with_a_name_of_its_own() -> None:
    pods = pods_of(deployment(replicas=3))
    names = {each["metadata"]["name"] for each in pods}
    assert len(names) == 3
    assert all(name.rsplit("-", 2)[0] == "web" for name in names)
    assert {each["metadata"]["labels"]["app"] for each in pods} == {"web"}


def test_one_replica_unless_said() -> None:
    given = deployment()
    del given["spec"]["replicas"]
    assert len(pods_of(given)) == 1


def test_nothing_to_do_once_they_are_there() -> None:
    made = steps([deployment()], []).create
    assert steps([deployment()], made) == ([], [])


def test_another_template_is_other_pods() -> None:
    old = pods_of(deployment())
    found = steps([deployment(image="echo-basic:v2")], old)
    assert found.delete == old
    assert len(found.create) == 2


def test_fewer_replicas() -> None:
    old = pods_of(deployment())
    found = steps([deployment(replicas=1)], old)
    assert (found.create, found.delete) == ([], old[1:])


def test_a_deployment_of_the_same_name_has_other_pods() -> None:
    again = deployment()
    again["metadata"]["uid"] = "other"
    assert not {each["metadata"]["name"] for each in pods_of(again)} & {
        each["metadata"]["name"] for each in pods_of(deployment())
    }


def test_a_deployment_that_goes_wants_none() -> None:
    going = deployment()
    going["metadata"]["deletionTimestamp"] = "now"
    old = pods_of(deployment())
    assert steps([going], old) == ([], old)


def test_pods_of_nobody_stay() -> None:
    assert steps([], [pod()]) == ([], [])
