// SPDX-License-Identifier: Apache-2.0
// The disk of the server table is full around a death, and has room again.
#include <gtest/gtest.h>

#include <algorithm>

#include "shared_lab.h"
#include "tests/lab/small_disk.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

constexpr uint16_t port = 3310;
constexpr unsigned disk_mebibytes = 160;
constexpr const char* database_name = "buddyring";

class RegistryDisk : public testing::Test {
 protected:
  RegistryDisk() : disk_(SharedLab::get().directory() + "/small-disk", disk_mebibytes) {
    lab::Lab& lab = SharedLab::get();
    database_ = lab.registry().run([&] {
      return std::make_unique<lab::MariaDb>(lab::MariaDbSettings{.folder = lab.directory() + "/full",
                                                                 .data_folder = disk_.folder() + "/data",
                                                                 .bind_address = lab.registry().address(),
                                                                 .port = port});
    });
    lab.install_table(*database_);
    settings_.registry = lab::Lab::registry_url_of(*database_).text();
  }

  lab::SmallDisk& disk() { return disk_; }
  [[nodiscard]] const lab::AgentSettings& settings() const { return settings_; }

  // Not even the record of this server's deletion, by either of these, has room.
  void fill(const std::string& pool, const std::string& server, const std::vector<std::string>& accusers) {
    disk_.fill();
    for (const std::string& accuser : accusers) {
      insert_until_full("VALUES ('" + pool + "', 'deleted', '" + server + "', '', 1, '" + accuser + "')");
    }
  }

  // Now and then InnoDB does not get over a full disk.
  void start_if_it_aborted() {
    try {
      database_->execute("DO 1");
    } catch (const std::runtime_error&) {
      SharedLab::get().registry().run([&] {
        database_->kill();
        database_->start();
      });
    }
  }

 private:
  void insert_until_full(const std::string& rows) {
    EXPECT_THROW(
        {
          for (;;) {
            database_->execute("INSERT INTO audit (pool, event, server, address, incarnation, accuser) " + rows,
                               database_name);
          }
        },
        std::runtime_error);
  }

  lab::SmallDisk disk_;
  std::unique_ptr<lab::MariaDb> database_;
  lab::AgentSettings settings_;
};

TEST_F(RegistryDisk, ADeathWaitsUntilThereIsRoomAndNobodyIsLost) {
  lab::Pool pool(SharedLab::get(), settings());
  const std::set<std::string> all{"s1", "s2", "s3", "s4"};
  for (const std::string& name : all) {
    pool.add(name);
  }
  ASSERT_EQ(pool.settle(all), "");
  ASSERT_TRUE(lab::wait_until(
      [&] { return std::ranges::all_of(all, [&](const auto& name) { return pool[name].hears_its_buddies(); }); },
      event_timeout));
  const lab::Ring before = pool.ring();
  const lab::Buddies of_s3 = before.servers.at("s3");
  fill(pool.name(), "s3", {of_s3.a, of_s3.b});

  const Instant since = pool["s3"].host().cut().before;
  ASSERT_TRUE(pool.first_event("verdict", "buddy", "s3", since, std::chrono::seconds{60})) << "it goes on judging";
  ASSERT_TRUE(pool.first_event("registry", "state", "lost", since, std::chrono::seconds{60}));
  EXPECT_TRUE(lab::wait_until(
      [&] {
        return pool[of_s3.a].report().registry_state == BUDDYRING_REGISTRY_LOST ||
               pool[of_s3.b].report().registry_state == BUDDYRING_REGISTRY_LOST;
      },
      event_timeout));
  EXPECT_TRUE(pool.events("deleted", "buddy", "s3").empty());
  lab::Agent& newcomer = pool.prepare("s5");
  newcomer.launch();
  // A start that cannot announce itself ends and says why; whoever started it tries again.
  ASSERT_EQ(newcomer.process().wait_exit(std::chrono::seconds{60}), (lab::Exit{.code = 1, .signal = 0}));

  disk().make_room();
  start_if_it_aborted();
  EXPECT_EQ(pool.settle({"s1", "s2", "s4"}, std::chrono::seconds{60}), "");
  newcomer.start();
  EXPECT_EQ(pool.settle({"s1", "s2", "s4", "s5"}, std::chrono::seconds{60}), "");
  EXPECT_FALSE(pool.events("deleted", "buddy", "s3").empty());
}

}  // namespace
}  // namespace buddyring::e2e
