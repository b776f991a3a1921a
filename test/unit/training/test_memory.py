from tod_ros.training.memory import free_memory, gigabytes, most_memory


def test_a_container_has_no_more_than_its_limit_and_what_it_keeps_of_files_read_is_free(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    8000000 kB\n")
    assert free_memory(tmp_path) == 8000000 * 1024
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.current").write_text("1000\n")
    (group / "memory.max").write_text("max\n")
    assert free_memory(tmp_path) == 8000000 * 1024
    (group / "memory.max").write_text("5000\n")
    assert free_memory(tmp_path) == 4000
    (group / "memory.stat").write_text("anon 300\ninactive_file 600\nactive_file 100\n")
    assert free_memory(tmp_path) == 4600


def test_where_the_system_tells_nothing_memory_has_no_end(tmp_path):
    assert free_memory(tmp_path) == float("inf")


def test_the_most_that_was_held_stays_when_it_is_given_back():
    before = most_memory()
    held = bytearray(80_000_000)
    del held
    assert most_memory() - before > 50_000_000 or before > 130_000_000
    assert gigabytes(2_449_000_000) == "2.4 GB"
