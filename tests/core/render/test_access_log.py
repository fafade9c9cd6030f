"""Access logs."""

from portway.core.render.access_log import access_log


def test_lines_name_the_route_and_leave_out_queries() -> None:
    config = access_log("/dev/stdout")["typed_config"]
    fields = config["log_format"]["json_format"]
    assert config["path"] == "/dev/stdout"
    assert fields["route"] == "%ROUTE_NAME%"
    assert fields["path"] == "%PATH(NQ)%"
