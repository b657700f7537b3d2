// SPDX-License-Identifier: Apache-2.0
// buddyctl, as a script uses it: JSON and exit statuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "ctl/exit_status.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Completed;
using Json = nlohmann::json;

class Ctl : public PoolTest {
 protected:
  Completed ctl(const std::vector<std::string>& words) {
    std::vector<std::string> arguments = words;
    arguments.push_back("--pool=" + pool.name());
    arguments.emplace_back("--json");
    return SharedLab::get().buddyctl(arguments);
  }
};

void expect_status(const Completed& completed, ExitStatus status) {
  EXPECT_EQ(completed.exit, (lab::Exit{.code = static_cast<int>(status), .signal = 0}))
      << completed.out << completed.err;
}

TEST_F(Ctl, StatusShowsTheAgentAsItsMapsDo) {
  add_servers(3);
  const Completed status = ctl({"status", "--server=s2"});
  expect_status(status, ExitStatus::ok);
  const Json document = Json::parse(status.out);
  const auto own = pool["s2"].own_list();
  ASSERT_TRUE(own);
  EXPECT_EQ(document.at("server"), "s2");
  EXPECT_EQ(document.at("links").at(0).at("xdp_mode"), "native");
  EXPECT_EQ(document.at("epoch"), own->epoch);
  EXPECT_TRUE(document.at("member"));
  EXPECT_GE(document.at("ring").at("servers"), 2) << "as the table said when it joined";
  EXPECT_GE(document.at("registry_call").at("count"), 1);
  const Json& delays = document.at("agent").at("tick_delay");
  EXPECT_EQ(delays.at("counts").size(), delays.at("below_ns").size() + 1);
  EXPECT_GE(delays.at("count"), 1);
  EXPECT_EQ(document.at("agent").at("pid"), pool["s2"].process().pid());
  ASSERT_EQ(document.at("buddies").size(), 2U);
  EXPECT_EQ(document.at("buddies")[0].at("server"), own->a);
  EXPECT_EQ(document.at("buddies")[1].at("server"), own->b);
}

TEST_F(Ctl, StatusOfAnAgentThatIsNotThereIsNotFound) {
  expect_status(ctl({"status", "--server=nobody"}), ExitStatus::not_found);
}

TEST_F(Ctl, RingListsEachServerOnceAround) {
  add_servers(5);
  const Completed ring = ctl({"ring"});
  expect_status(ring, ExitStatus::ok);
  const Json document = Json::parse(ring.out);
  EXPECT_TRUE(document.at("whole"));
  lab::Ring found;
  for (const auto& server : document.at("servers")) {
    found.servers[server.at("name")] = {.a = server.at("buddy_a"), .b = server.at("buddy_b")};
  }
  EXPECT_EQ(found, pool.ring());
}

TEST_F(Ctl, PickNamesALiveServerOrNone) {
  add_servers(2);
  const Completed pick = ctl({"pick"});
  expect_status(pick, ExitStatus::ok);
  EXPECT_TRUE(all.contains(Json::parse(pick.out).at("name")));

  for (const auto& server : all) {
    pool[server].stop();
  }
  expect_status(ctl({"pick"}), ExitStatus::not_found);
}

TEST_F(Ctl, RemoveTakesAServerOutUntilItAnnouncesItselfAgain) {
  add_servers(4);
  const uint64_t incarnation = pool.incarnations().at("s2");
  const Completed removed = ctl({"remove", "s2", "--yes"});
  expect_status(removed, ExitStatus::ok);
  EXPECT_EQ(Json::parse(removed.out).at("removed"), "s2");
  EXPECT_EQ(pool.settle(all), "") << "it lives, so it must come back";
  EXPECT_GT(pool.incarnations().at("s2"), incarnation);
}

TEST_F(Ctl, RejoinHasAServerAnnounceItselfAnew) {
  add_servers(5);
  const uint64_t incarnation = pool.incarnations().at("s2");
  const Completed rejoined = ctl({"rejoin", "s2", "--by=olga", "--why=another place"});
  expect_status(rejoined, ExitStatus::ok);
  const Json said = Json::parse(rejoined.out);
  EXPECT_TRUE(said.at("was_there"));
  EXPECT_GT(said.at("incarnation"), incarnation);
  EXPECT_EQ(pool.settle(all), "");
  const Completed here = ctl({"rejoin", "--here", "--server=s3", "--by=olga"});
  expect_status(here, ExitStatus::ok);
  EXPECT_EQ(Json::parse(here.out).at("server"), "s3");
  EXPECT_EQ(pool.settle(all), "");

  const Json events = Json::parse(ctl({"history", "s2"}).out).at("events");
  const auto asked = std::ranges::find(events, "rejoin_asked", [](const Json& e) { return e.at("event"); });
  ASSERT_NE(asked, events.end());
  EXPECT_EQ(asked->at("accuser"), "olga");
  EXPECT_EQ(asked->at("detail"), "another place");
  expect_status(ctl({"rejoin", "nobody"}), ExitStatus::not_found);
  expect_status(ctl({"rejoin"}), ExitStatus::usage);
  expect_status(ctl({"rejoin", "s2", "--here"}), ExitStatus::usage);
}

TEST_F(Ctl, RemoveOfADeadServerHealsTheRing) {
  add_servers(4);
  // Nobody is quick enough to find it dead: the table is told by the operator.
  pool["s2"].process().signal(SIGSTOP);
  expect_status(ctl({"remove", "s2", "--yes"}), ExitStatus::ok);
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
  expect_status(ctl({"remove", "s2", "--yes"}), ExitStatus::not_found);
}

TEST_F(Ctl, RemoveAsksOrIsToldYes) {
  add_servers(2);
  const Completed unasked = ctl({"remove", "s2"});
  expect_status(unasked, ExitStatus::usage);
  EXPECT_NE(unasked.err.find("--yes"), std::string::npos) << unasked.err;
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Ctl, HistoryTellsWhoAccusedAServerAndWhichOperatorRemovedIt) {
  add_servers(4);
  pool["s2"].host().cut();
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");
  expect_status(ctl({"remove", "s3", "--yes", "--by=olga", "--why=new disk"}), ExitStatus::ok);
  const Completed of_s2 = ctl({"history", "s2"});
  expect_status(of_s2, ExitStatus::ok);
  const Json dead = Json::parse(of_s2.out).at("events").back();
  EXPECT_EQ(dead.at("event"), "deleted");
  EXPECT_EQ(dead.at("reason"), "dead");
  EXPECT_TRUE(all.contains(dead.at("accuser")));
  EXPECT_GT(dead.at("verdict_ns"), dead.at("last_answer_ns"));
  EXPECT_EQ(dead.at("misses"), 3);
  const Completed of_s3 = ctl({"history", "s3"});
  const Json events_of_s3 = Json::parse(of_s3.out).at("events");
  const auto removed = std::ranges::find(events_of_s3, "removed", [](const Json& e) { return e.at("reason"); });
  ASSERT_NE(removed, events_of_s3.end()) << of_s3.out;
  EXPECT_EQ(removed->at("accuser"), "olga");
  EXPECT_EQ(removed->at("detail"), "new disk");
  expect_status(ctl({"history", "nobody"}), ExitStatus::not_found);
}

TEST_F(Ctl, EventsGoOnWithWhatHappens) {
  add_servers(2);
  lab::Lab& lab = SharedLab::get();
  lab::Process follower(lab.client().inside(), {.argv = {lab.program("buddyctl"), "events", "--follow", "--json",
                                                         "--pool=" + pool.name(), "--registry=" + lab.registry_url(),
                                                         "--registry-password-file=" + lab.password_file()}});
  const auto lines = [&follower] {
    const std::string out = follower.out();
    return std::count(out.begin(), out.end(), '\n');
  };
  ASSERT_TRUE(lab::wait_until([&] { return lines() == 2; }, event_timeout)) << follower.err();
  EXPECT_EQ(pool["s2"].stop(), ended_well);
  ASSERT_TRUE(lab::wait_until([&] { return lines() == 3; }, event_timeout)) << follower.err();
  const std::string out = follower.out();
  const Json last = Json::parse(out.substr(out.rfind('\n', out.size() - 2) + 1));
  EXPECT_EQ(last.at("server"), "s2");
  EXPECT_EQ(last.at("reason"), "left");
  follower.signal(SIGTERM);
  EXPECT_EQ(follower.wait_exit(event_timeout), ended_well);
}

TEST_F(Ctl, VerifyTellsAWholeRingFromABrokenOne) {
  add_servers(4);
  expect_status(ctl({"verify"}), ExitStatus::ok);

  auto& database = SharedLab::get().database();
  const std::string row =
      " WHERE name = 's1' AND pool_id = (SELECT pool_id FROM pool WHERE name = '" + pool.name() + "')";
  const auto buddy = pool.ring().servers.at("s1").a;
  database.execute("UPDATE server SET buddy_a = 's1'" + row, "buddyring");
  const Completed verify = ctl({"verify"});
  expect_status(verify, ExitStatus::ring_violated);
  EXPECT_FALSE(Json::parse(verify.out).at("violations").empty());
  expect_status(ctl({"ring"}), ExitStatus::ring_violated);
  database.execute("UPDATE server SET buddy_a = '" + buddy + "'" + row, "buddyring");
  expect_status(ctl({"verify"}), ExitStatus::ok);
}

TEST_F(Ctl, UnreachableRegistryHasItsOwnStatus) {
  const Completed verify =
      run_to_end(SharedLab::get().client().inside(),
                 {.argv = {SharedLab::get().program("buddyctl"), "verify", "--json", "--pool=" + pool.name(),
                           "--registry=mysql://agent@10.77.255.1:3307/buddyring",
                           "--registry-password-file=" + SharedLab::get().password_file()}});
  expect_status(verify, ExitStatus::unreachable);
  EXPECT_EQ(Json::parse(verify.out).at("error").at("kind"), "unreachable");
}

TEST_F(Ctl, InstallTwiceChangesNothing) {
  auto& database = SharedLab::get().database();
  const auto install = [&] {
    return run_to_end(SharedLab::get().client().inside(),
                      {.argv = {SharedLab::get().program("buddyctl"), "registry", "install", "--json",
                                "--registry=" + database.url("installer", "buddyring").text(),
                                "--registry-password-file=" + SharedLab::get().password_file()}});
  };
  add_servers(2);
  const PoolSnapshot before = pool.snapshot();
  const Completed first = install();
  expect_status(first, ExitStatus::ok);
  const Completed second = install();
  expect_status(second, ExitStatus::ok);
  EXPECT_EQ(Json::parse(first.out), Json::parse(second.out));
  EXPECT_EQ(pool.snapshot().version, before.version);
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Ctl, BadUsageHasItsOwnStatus) {
  expect_status(ctl({"rnig"}), ExitStatus::usage);
  expect_status(ctl({"remove"}), ExitStatus::usage);
  expect_status(ctl({"ring", "--nonsense"}), ExitStatus::usage);
}

}  // namespace
}  // namespace buddyring::e2e
