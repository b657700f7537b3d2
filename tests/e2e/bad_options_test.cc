// SPDX-License-Identifier: Apache-2.0
// What buddyd refuses at its start: with one line that says what and the cure,
// a status that is not 0, and nothing left behind.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "core/limits.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

using lab::Command;
using lab::Completed;

// The argument that begins with `option` becomes `instead`; without one, it is added.
void set_argument(Command& command, const std::string& option, const std::string& instead) {
  const auto place = std::ranges::find_if(command.argv, [&](const auto& text) { return text.starts_with(option); });
  if (place == command.argv.end()) {
    command.argv.push_back(instead);
  } else {
    *place = instead;
  }
}

// The one line of error; what comes before it must be log lines.
std::string error_line(const Completed& completed) {
  std::istringstream lines(completed.err);
  std::string error;
  for (std::string line; std::getline(lines, line);) {
    if (lab::parse_event(line).name.empty()) {
      EXPECT_EQ(error, "") << "more than one line of error:\n" << completed.err;
      error = line;
    }
  }
  return error;
}

class Refused : public PoolTest {
 protected:
  lab::Agent& agent = pool.prepare("s1");

  // Runs it, expects that it is refused with a line that has all of `wanted` in it.
  void expect_refusal(const Command& command, const std::vector<std::string>& wanted,
                      const std::string& attached = "") {
    const Completed completed = run_to_end(agent.host().inside(), command);
    EXPECT_GT(completed.exit.code, 0) << completed.err;
    const std::string line = error_line(completed);
    EXPECT_TRUE(line.starts_with("buddyd: ")) << completed.err;
    for (const auto& text : wanted) {
      EXPECT_NE(line.find(text), std::string::npos) << "no '" << text << "' in: " << line;
    }
    EXPECT_EQ(agent.attached(), attached);
    const auto snapshot = SharedLab::get().with_registry([&](auto& table) { return table.list(pool.name()); });
    for (const auto& row : snapshot ? snapshot.value().servers : std::vector<ServerRow>{}) {
      EXPECT_NE(row.server.name + "@" + row.server.address.text(), "s1@" + agent.address());
    }
  }
};

struct BadOption {
  const char* name;
  const char* option;
  const char* given;
  std::vector<std::string> wanted;
};

void PrintTo(const BadOption& bad, std::ostream* out) { *out << bad.given; }

class RefusedOption : public Refused, public testing::WithParamInterface<BadOption> {};

TEST_P(RefusedOption, IsNamedWithItsValue) {
  Command command = agent.command();
  set_argument(command, GetParam().option, GetParam().given);
  expect_refusal(command, GetParam().wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Each, RefusedOption,
    testing::Values(
        BadOption{"Unknown", "--intervall", "--intervall=10ms", {"--intervall", "--interval"}},
        BadOption{"Word", "word", "word", {"word"}},
        BadOption{"DurationWithoutUnit", "--interval=", "--interval=10", {"--interval", "10"}},
        BadOption{"DurationWithWrongUnit", "--interval=", "--interval=10parsec", {"--interval", "10parsec"}},
        BadOption{"DurationTooShort", "--interval=", "--interval=1us", {"--interval", "1us", "1ms"}},
        BadOption{"DurationTooShortToSleep", "--interval=", "--interval=100us", {"--interval", "100us", "1ms"}},
        BadOption{"DurationTooLong", "--interval=", "--interval=2h", {"--interval", "2h"}},
        BadOption{"DurationNegative", "--interval=", "--interval=-5ms", {"--interval", "-5ms"}},
        BadOption{"LeaseTooShort", "--lease=", "--lease=1ms", {"--lease", "1ms"}},
        BadOption{"OnStaleUnknown", "--on-stale=", "--on-stale=forget", {"--on-stale", "forget", "remove or keep"}},
        BadOption{"WatchTcpName",
                  "--watch-tcp=",
                  "--watch-tcp=web.example:80",
                  {"--watch-tcp", "web.example:80", "127.0.0.1:80"}},
        BadOption{"WatchTcpWithoutPort", "--watch-tcp=", "--watch-tcp=::1", {"--watch-tcp", "::1", "[::1]:80"}},
        BadOption{"WatchExecEmpty", "--watch-exec=", "--watch-exec=", {"--watch-exec"}},
        BadOption{"RiseNone", "--rise=", "--rise=0", {"--rise", "0"}},
        BadOption{"FallNoNumber", "--fall=", "--fall=often", {"--fall", "often"}},
        BadOption{"CheckIntervalTooShort", "--check-interval=", "--check-interval=1ms", {"--check-interval", "1ms"}},
        BadOption{"CheckTimeoutNoTime", "--check-timeout=", "--check-timeout=soon", {"--check-timeout", "soon"}},
        BadOption{"TooFewMisses", "--misses=", "--misses=1", {"--misses", "1"}},
        BadOption{"MissesNoNumber", "--misses=", "--misses=three", {"--misses", "three"}},
        BadOption{"PortOutOfRange", "--replace-port=", "--replace-port=65536", {"--replace-port", "65536"}},
        BadOption{"ProbePortOutOfRange", "--probe-port=", "--probe-port=0", {"--probe-port", "0", "1"}},
        BadOption{"ProbeOtherWay", "--probe=", "--probe=tcp", {"--probe", "tcp", "icmp", "udp"}},
        BadOption{"AttachOtherWay",
                  "--attach=",
                  "--attach=xdp",
                  {"--attach 'xdp' is not acceptable; give auto, native, generic or tc"}},
        BadOption{"StampsOfNobody",
                  "--stamps=",
                  "--stamps=card",
                  {"--stamps 'card' is not acceptable; give kernel or hardware"}},
        BadOption{"AddressNoAddress", "--address=", "--address=here", {"--address", "here"}},
        BadOption{"AddressElsewhere", "--address=", "--address=10.99.0.1", {"--address", "10.99.0.1"}},
        BadOption{"InterfaceMissing", "--interface=", "--interface=eth7", {"eth7"}},
        BadOption{"ServerNoName", "--server=", "--server=a/b", {"--server", "a/b"}},
        BadOption{"PoolNoName", "--pool=", "--pool=", {"--pool"}},
        BadOption{"ZoneNoName", "--zone=", "--zone=rack 1", {"--zone", "rack 1"}},
        BadOption{"LogLevel", "--log-level", "--log-level=loud", {"--log-level", "loud"}},
        BadOption{"RegistryNoUrl", "--registry=", "--registry=nowhere", {"--registry", "mysql://USER@HOST"}},
        BadOption{"RegistryWithPassword", "--registry=", "--registry=mysql://u:p@h/d", {"--registry", "password"}},
        BadOption{"RegistryUnreachable",
                  "--registry=",
                  "--registry=mysql://agent@10.77.255.1:3307/buddyring",
                  {"10.77.255.1", "3307"}},
        BadOption{
            "RegistryUserUnknown", "--registry=", "--registry=mysql://nobody@10.77.255.1:3306/buddyring", {"nobody"}},
        BadOption{"PasswordFileMissing",
                  "--registry-password-file=",
                  "--registry-password-file=/nonexistent",
                  {"/nonexistent"}},
        BadOption{"KeyFileMissing", "--key-file=", "--key-file=/nonexistent", {"key file", "/nonexistent"}},
        BadOption{"ConfigMissing", "--config", "--config=/nonexistent", {"--config", "/nonexistent"}}),
    [](const auto& case_info) { return case_info.param.name; });

TEST_F(Refused, MoreServicesThanALeaseRestsOn) {
  Command command = agent.command();
  for (size_t i = 0; i < limits::services_max; ++i) {
    command.argv.emplace_back("--watch-tcp=127.0.0.1:80");
  }
  command.argv.emplace_back("--watch-exec=true");
  expect_refusal(command, {"--watch-tcp", "--watch-exec", "16 times", "at most 15"});
}

TEST_F(Refused, MoreInterfacesThanThereIsRoomForOrOneTwice) {
  Command command = agent.command();
  command.argv.emplace_back("--interface=eth0");
  expect_refusal(command, {"--interface", "eth0", "twice"});
  for (const char* more : {"a", "b", "c"}) {
    command.argv.emplace_back(std::string("--interface=") + more);
  }
  expect_refusal(command, {"--interface", "5 times", "at most 4"});
}

TEST_F(Refused, AddressOnNoneOfTheInterfaces) {
  Command command = agent.command();
  std::ranges::replace(command.argv, std::string("--interface=eth0"), std::string("--interface=eth7"));
  lab::ip_batch(agent.host().inside(), "link add eth7 type veth peer name eth8\nlink set eth7 up\nlink set eth8 up\n");
  command.argv.emplace_back("--interface=eth8");
  expect_refusal(command, {"--address", agent.address(), "eth7", "lo"});
}

TEST_F(Refused, InterfaceThatIsDown) {
  lab::ip_batch(agent.host().inside(), "link set eth0 down\n");
  expect_refusal(agent.command(), {"eth0", "down"});
}

TEST_F(Refused, InterfaceWithoutCarrier) {
  agent.host().cut();
  expect_refusal(agent.command(), {"eth0", "carrier"});
}

TEST_F(Refused, PortThatIsTaken) {
  const Fd holder = agent.host().run([&] {
    Fd socket_of_another(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(lab::default_replace_port);
    EXPECT_EQ(bind(socket_of_another.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(listen(socket_of_another.get(), 1), 0);
    return socket_of_another;
  });
  expect_refusal(agent.command(), {std::to_string(lab::default_replace_port), "--replace-port"});
}

TEST_F(Refused, XdpSlotThatIsOccupied) {
  const std::string object = SharedLab::get().bpf_object("lossy");
  lab::ip_batch(agent.host().inside(), "link set dev eth0 xdp obj " + object + " sec xdp\n");
  Command command = agent.command();
  command.argv.emplace_back("--attach=native");  // left to itself it judges behind the occupant
  expect_refusal(command, {"eth0", "lossy"}, "an XDP program; ");
}

TEST_F(Refused, MissingCapability) {
  Command command = agent.command();
  command.argv.insert(command.argv.begin(), {"setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-all"});
  expect_refusal(command, {"CAP_BPF"});
}

TEST_F(Refused, IoUringSwitchedOff) {
  Command command = agent.command();
  command.without_io_uring = true;
  expect_refusal(command, {"io_uring", "kernel.io_uring_disabled"});
}

TEST_F(Refused, WrongPassword) {
  const std::string path = SharedLab::get().directory() + "/wrong-password";
  lab::make_file(path, "wrong");
  Command command = agent.command();
  set_argument(command, "--registry-password-file=", "--registry-password-file=" + path);
  expect_refusal(command, {"agent"});
}

TEST_F(Refused, KeyFileThatIsWrong) {
  const std::string path = SharedLab::get().directory() + "/wrong-keys";
  lab::make_file(path, "# the pool's\n1 sign 0123\n");
  Command command = agent.command();
  set_argument(command, "--key-file=", "--key-file=" + path);
  expect_refusal(command, {path, "line 2", "4 digits", "openssl rand -hex 32"});
}

TEST_F(Refused, KeyFileThatOthersMayRead) {
  const std::string path = SharedLab::get().directory() + "/open-keys";
  lab::make_file(path, "0 sign\n");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  Command command = agent.command();
  set_argument(command, "--key-file=", "--key-file=" + path);
  expect_refusal(command, {path, "chmod 600"});
}

TEST_F(Refused, RegistryWithoutTheSchema) {
  auto& database = SharedLab::get().database();
  database.create_database("empty");
  database.create_account("empty_agent", "throwaway", "empty", lab::MariaDb::Rights::execute);
  Command command = agent.command();
  set_argument(command, "--registry=", "--registry=" + database.url("empty_agent", "empty").text());
  expect_refusal(command, {"buddyctl registry install"});
}

TEST_F(Refused, RegistryOfAnotherVersion) {
  auto& database = SharedLab::get().database();
  database.create_database("later");
  database.create_account("later_agent", "throwaway", "later", lab::MariaDb::Rights::execute);
  database.execute("CREATE PROCEDURE SchemaVersion() SELECT 99 AS version", "later");
  Command command = agent.command();
  set_argument(command, "--registry=", "--registry=" + database.url("later_agent", "later").text());
  expect_refusal(command, {"99", "version"});
}

TEST_F(Refused, AddressOfAnotherServer) {
  const auto announced = SharedLab::get().with_registry([&](auto& table) {
    return table.announce(pool.name(), {.server = {.name = "other",
                                                   .address = Address::parse(agent.address()).value(),
                                                   .replace_port = 1,
                                                   .incarnation = 1}});
  });
  ASSERT_TRUE(announced) << announced.error().message;
  expect_refusal(agent.command(), {agent.address(), "buddyctl remove other"});
}

TEST_F(Refused, NameOfAnotherServer) {
  const auto announced = SharedLab::get().with_registry([&](auto& table) {
    return table.announce(
        pool.name(),
        {.server = {
             .name = "s1", .address = Address::parse("10.77.200.1").value(), .replace_port = 1, .incarnation = 1}});
  });
  ASSERT_TRUE(announced) << announced.error().message;
  expect_refusal(agent.command(), {"s1", "10.77.200.1"});
}

TEST_F(Refused, ASecondAgentForTheSameServer) {
  agent.start();
  const Completed second = run_to_end(agent.host().inside(), [&] {
    Command command = agent.command();
    set_argument(command, "--replace-port=", "--replace-port=7947");
    return command;
  }());
  EXPECT_GT(second.exit.code, 0);
  EXPECT_NE(error_line(second).find("another buddyd"), std::string::npos) << second.err;
  EXPECT_EQ(pool.settle({"s1"}), "") << "the first must not be disturbed";
}

TEST_F(Refused, CheckConfigStartsNothing) {
  Command command = agent.command();
  command.argv.emplace_back("--check-config");
  EXPECT_EQ(run_to_end(agent.host().inside(), command).exit, ended_well);
  EXPECT_EQ(agent.attached(), "");
  set_argument(command, "--interval=", "--interval=soon");
  expect_refusal(command, {"--interval", "soon"});
}

}  // namespace
}  // namespace buddyring::e2e
