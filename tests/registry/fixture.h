// SPDX-License-Identifier: Apache-2.0
// What the tests of the server table share: one MariaDB for the whole binary,
// one installed database in it, and a pool of its own for each test.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "registry/client.h"
#include "registry/connection.h"
#include "tests/lab/mariadb.h"

namespace buddyring {

inline constexpr const char* registry_database = "buddyring";
inline constexpr const char* agent_user = "agent";  // may call the procedures
inline constexpr const char* agent_password = "agent secret";
inline constexpr const char* owner_user = "owner";  // has all rights, in every database
inline constexpr const char* owner_password = "owner secret";

// Starts MariaDB and installs the table, once.
class RegistryEnvironment : public ::testing::Environment {
 public:
  void SetUp() override;
  void TearDown() override;
  // REQUIRES SetUp.
  [[nodiscard]] static lab::MariaDb& database();

 private:
  static std::unique_ptr<lab::MariaDb> database_;
};

// Server -> (buddy A, buddy B); "" for none.
using Ring = std::map<std::string, std::pair<std::string, std::string>>;

// The number at the end of a server's name gives its address: "s7" is 10.0.0.7.
[[nodiscard]] Server make_server(const std::string& name);

// s2 to s(1 + count): what follows on s1 in table 5.
[[nodiscard]] std::vector<std::string> servers_from_2(unsigned count);

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest();

  [[nodiscard]] static lab::MariaDb& database() { return RegistryEnvironment::database(); }
  [[nodiscard]] static std::unique_ptr<RegistryClient> new_client();
  [[nodiscard]] RegistryClient& client() { return *client_; }
  [[nodiscard]] const std::string& pool() const { return pool_; }

  // These fail the test when the procedure fails.
  AnnounceReply announce(const std::string& server, const std::string& zone = "");
  void announce_beside(const std::string& name, const std::string& beside);
  void announce_all(std::initializer_list<const char*> servers);
  // Table 5: s1 to sN in a ring, in this order.
  void make_table_5(unsigned n);
  // By itself, or as `accuser` says.
  DeleteReply remove(const std::string& server, const std::string& accuser = "", Incarnation incarnation = 0);
  [[nodiscard]] OwnRow row(const std::string& server);
  // What the accuser says of `dead`, which leads away from it, with the
  // incarnations that the table has: the witness concurs; without one, they are all.
  [[nodiscard]] DeleteRequest verdict(const std::string& accuser, const std::vector<std::string>& dead,
                                      const std::string& witness = "");
  DeleteReply judge(const DeleteRequest& request);
  // For the client's session time stands still, so long after some moment.
  void stop_clock_at(std::chrono::microseconds time);

  [[nodiscard]] Ring ring();
  // As "rule server", sorted.
  [[nodiscard]] std::vector<std::string> violations();
  // For a test that is repeated: the pool was never there.
  void forget_pool();
  // As root, with $POOL for the pool's name and $ID for its number.
  lab::MariaDb::Rows sql(std::string statement);
  // The same, one after the other on one connection.
  lab::MariaDb::Rows sql_all(std::vector<std::string> statements);

 private:
  std::string pool_;
  std::unique_ptr<RegistryClient> client_;
};

}  // namespace buddyring
