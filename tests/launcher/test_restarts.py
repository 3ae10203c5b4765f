from services.launcher.restarts import SLOWEST_S, RestartHistory


def test_the_pause_doubles_with_each_death_of_the_last_minute() -> None:
    history = RestartHistory()
    assert [history.died(at_s).delay_s for at_s in (0, 1, 3, 7)] == [0.5, 1, 2, 4]


def test_five_deaths_within_a_minute_are_a_crash_loop() -> None:
    history = RestartHistory()
    restarts = [history.died(at_s) for at_s in range(5)]
    assert [restart.crash_loop for restart in restarts] == [False, False, False, False, True]
    assert restarts[-1].delay_s == SLOWEST_S


def test_a_quiet_minute_is_forgiven() -> None:
    history = RestartHistory()
    for at_s in range(5):
        history.died(at_s)
    assert not history.died(65).crash_loop
    assert history.died(200).delay_s == 0.5
