// SPDX-License-Identifier: Apache-2.0
// `buddyctl doctor` on hosts that are well and on hosts where one thing is not.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

using lab::Completed;
using Json = nlohmann::json;

class DoctorCommand : public PoolTest {
 protected:
  Completed ask(lab::Host& where, const std::vector<std::string>& words) {
    std::vector<std::string> argv = prefix;
    argv.insert(argv.end(), {SharedLab::get().program("buddyctl"), "doctor", "--json"});
    argv.insert(argv.end(), words.begin(), words.end());
    return run_to_end(where.inside(), {.argv = argv, .without_io_uring = without_io_uring});
  }
  // Its checks by name; `status` is what it must exit with.
  std::map<std::string, Json> examine(lab::Host& where, const std::vector<std::string>& words, int status) {
    const Completed done = ask(where, words);
    EXPECT_EQ(done.exit, (lab::Exit{.code = status, .signal = 0})) << done.out << done.err;
    const Json document = Json::parse(done.out);
    EXPECT_EQ(document.at("healthy"), status == 0);
    std::map<std::string, Json> checks;
    for (const Json& check : document.at("checks")) {
      checks[check.at("name")] = check;
      const std::string health = check.at("health");
      EXPECT_EQ(check.at("cure").is_null(), health == "ok") << check.dump();
    }
    return checks;
  }
  static void expect_failure(const Json& check, const std::string& found, const std::string& cure) {
    expect(check, "fail", found, cure);
  }
  static void expect(const Json& check, const std::string& health, const std::string& found, const std::string& cure) {
    EXPECT_EQ(check.at("health"), health) << check.dump();
    EXPECT_NE(check.value("found", "").find(found), std::string::npos) << check.dump();
    EXPECT_NE(check.value("cure", "").find(cure), std::string::npos) << check.dump();
  }

  lab::Host& client = SharedLab::get().client();
  std::vector<std::string> registry{"--registry=" + SharedLab::get().registry_url(),
                                    "--registry-password-file=" + SharedLab::get().password_file()};
  std::vector<std::string> prefix;
  bool without_io_uring = false;
};

TEST_F(DoctorCommand, FindsNothingWrongWithAServerOfTheLab) {
  std::vector<std::string> words = registry;
  words.emplace_back("--interface=eth0");
  for (const auto& [name, check] : examine(client, words, 0)) {
    // A veth takes tags out of frames unless it is told not to.
    EXPECT_EQ(check.at("health"), name == "vlan_offload" ? "warn" : "ok") << check.dump();
  }
}

TEST_F(DoctorCommand, SkipsWhatItWasNotToldOf) {
  const auto checks = examine(client, {}, 0);
  EXPECT_EQ(checks.at("xdp_mode").at("health"), "skipped");
  EXPECT_EQ(checks.at("xdp_mode").at("cure"), "give --interface");
  EXPECT_EQ(checks.at("registry_rights").at("health"), "skipped");
  EXPECT_EQ(checks.at("registry_rights").at("cure"), "give --registry");
  EXPECT_EQ(checks.at("kernel").at("health"), "ok");
}

TEST_F(DoctorCommand, MissesABpffs) {
  const std::string elsewhere = SharedLab::get().directory() + "/pins";
  const auto checks = examine(client, {"--pin-root=" + elsewhere}, 1);
  expect_failure(checks.at("bpffs"), elsewhere, "mount -t bpf bpf " + SharedLab::get().directory());
}

TEST_F(DoctorCommand, NamesWhoTookTheXdpSlot) {
  const auto host = SharedLab::get().new_host("taken");
  lab::ip_batch(host->inside(), "link set dev eth0 xdp obj " + SharedLab::get().bpf_object("lossy") + " sec xdp\n");
  const auto checks = examine(*host, {"--interface=eth0"}, 0);
  expect(checks.at("xdp_slot"), "warn", "program lossy", "xdp off");
  expect(checks.at("attach_auto"), "warn", "tc: the XDP slot is taken by program lossy", "passes our frames on");
  EXPECT_EQ(checks.at("mtu").at("health"), "ok");
}

TEST_F(DoctorCommand, SaysOfEachInterfaceWhatAttachingWouldDo) {
  const auto host = SharedLab::get().new_host("ways");
  host->add_card();
  lab::ip_batch(host->inside(), "link set dev eth1 xdp obj " + SharedLab::get().bpf_object("lossy") +
                                    " sec xdp\nlink add d0 type bridge\n" + "link set d0 up\n");
  std::map<std::string, std::string> ways;
  const Completed done = ask(*host, {"--interface=eth0", "--interface=eth1", "--interface=d0", "--interface=lo"});
  const Json document = Json::parse(done.out);
  for (const Json& check : document.at("checks")) {
    if (check.at("name") == "attach_auto") {
      const std::string found = check.at("found");
      ways[check.at("interface")] = found.substr(0, found.find(':'));
    }
  }
  const std::map<std::string, std::string> wanted{
      {"eth0", "native"}, {"eth1", "tc"}, {"d0", "generic"}, {"lo", "generic"}};
  EXPECT_EQ(ways, wanted) << done.out;
}

TEST_F(DoctorCommand, KnowsBuddydsOwnProgram) {
  add_servers(1);
  const auto checks = examine(pool["s1"].host(), {"--interface=eth0"}, 0);
  EXPECT_EQ(checks.at("xdp_slot").at("health"), "ok");
  EXPECT_EQ(checks.at("attach_auto").at("found"), "native: as buddyd's program has it now");
  EXPECT_NE(checks.at("xdp_slot").value("found", "").find("buddyd's own"), std::string::npos);
}

TEST_F(DoctorCommand, WarnsOfAVethWhoseOtherEndRunsNoProgram) {
  const auto host = SharedLab::get().new_host("alone");
  lab::ip_batch(host->inside(), "link add near type veth peer name far\nlink set near up mtu 9000\nlink set far up\n");
  const auto checks = examine(*host, {"--interface=near"}, 0);
  EXPECT_EQ(checks.at("xdp_mode").at("health"), "warn");
  EXPECT_NE(checks.at("xdp_mode").value("found", "").find("vanish"), std::string::npos);
  EXPECT_EQ(checks.at("mtu").at("health"), "warn");
}

TEST_F(DoctorCommand, SaysWhichInterfacesThereAre) {
  const auto checks = examine(client, {"--interface=eth7"}, 1);
  expect_failure(checks.at("interface"), "no interface eth7", "there are: lo, eth0");
  EXPECT_EQ(checks.at("lro").at("health"), "fail");
}

TEST_F(DoctorCommand, FindsIoUringSwitchedOff) {
  without_io_uring = true;
  expect_failure(examine(client, {}, 1).at("io_uring"), "io_uring", "io_uring_disabled");
}

TEST_F(DoctorCommand, MissesACapability) {
  prefix = {"setpriv", "--bounding-set=-net_raw"};
  expect_failure(examine(client, {}, 1).at("capabilities"), "lacks CAP_NET_RAW", "grant");
}

// What may not be tried is not taken for missing.
TEST_F(DoctorCommand, DoesNotBlameTheKernelForMissingRights) {
  prefix = {"setpriv", "--bounding-set=-all"};
  const auto checks = examine(client, {}, 1);
  EXPECT_EQ(checks.at("bpf_features").at("health"), "warn");
  expect_failure(checks.at("bpf_programs"), "Operation not permitted", "CAP_BPF");
}

TEST_F(DoctorCommand, FindsTheRegistryOutOfReach) {
  const auto checks = examine(client, {"--registry=mysql://agent@10.77.255.1:3307/buddyring", registry.at(1)}, 1);
  EXPECT_EQ(checks.at("registry").at("health"), "fail");
  EXPECT_NE(checks.at("registry").value("found", "").find("10.77.255.1:3307"), std::string::npos);
}

TEST_F(DoctorCommand, NamesTheProceduresThatAnAccountMayNotCall) {
  auto& database = SharedLab::get().database();
  database.execute("CREATE USER 'partly'@'%' IDENTIFIED BY 'throwaway'");
  for (const char* procedure : {"SchemaRange", "ServerList", "PoolVersion"}) {
    database.execute(std::string("GRANT EXECUTE ON PROCEDURE buddyring.") + procedure + " TO 'partly'@'%'");
  }
  const auto checks = examine(client, {"--registry=" + database.url("partly", "buddyring").text(), registry.at(1)}, 1);
  database.execute("DROP USER 'partly'@'%'");
  EXPECT_EQ(checks.at("registry").at("health"), "ok");
  expect_failure(checks.at("registry_rights"), "ServerDelete", "grant EXECUTE");
  EXPECT_EQ(checks.at("registry_rights").value("found", "").find("ServerList"), std::string::npos);
}

}  // namespace
}  // namespace buddyring::e2e
