// SPDX-License-Identifier: Apache-2.0
#include "tests/registry_bench/throughput.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <random>

#include "posix/clock.h"
#include "tests/lab/loaded_pool.h"
#include "tests/lab/median.h"
#include "tests/registry_bench/called.h"
#include "tests/registry_bench/hand_written.h"

namespace buddyring {
namespace {

constexpr unsigned servers = 1000;
constexpr unsigned pairs = 20;
constexpr std::chrono::milliseconds turn_time{500};
constexpr std::array<unsigned, 4> clients{1, 2, 4, 8};
constexpr const char* database = "throughput";

std::string pool_name(unsigned client) { return "bench" + std::to_string(client); }

// One client's changes a second: each server that it deletes is back before the next goes.
template <class Way>
double change(Way& way, unsigned client) {
  std::mt19937 random(client);  // NOLINT(bugprone-random-generator-seed): the same servers each time
  const Instant begin = monotonic_now();
  uint64_t changes = 0;
  while (monotonic_now() - begin < turn_time) {
    const auto number = static_cast<unsigned>(random() % servers) + 1;
    way.remove(number);
    way.insert(number);
    changes += 2;
  }
  return static_cast<double>(changes) / std::chrono::duration<double>(monotonic_now() - begin).count();
}

// A turn of one way by all clients at once, each in a thread of its own.
template <class Way>
double take_turn(std::deque<Way>& ways) {
  std::vector<std::future<double>> rates;
  for (unsigned client = 0; client < ways.size(); ++client) {
    rates.push_back(std::async(std::launch::async, [&ways, client] { return change(ways[client], client); }));
  }
  double sum = 0;
  for (auto& rate : rates) {
    sum += rate.get();
  }
  return sum;
}

Throughput measure(const RegistryUrl& url, const std::string& password, const std::vector<uint64_t>& pool_ids) {
  std::deque<Called> called;
  std::deque<HandWritten> by_hand;
  for (unsigned client = 0; client < pool_ids.size(); ++client) {
    called.emplace_back(url, password, pool_name(client));
    by_hand.emplace_back(url, password, "by_hand", pool_ids[client], servers, HandWritten::Manner::reads);
  }
  take_turn(called);  // the first prepares the statements
  take_turn(by_hand);
  std::vector<double> rates_called;
  std::vector<double> rates_by_hand;
  std::vector<double> ratios;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    // Who comes second finds what the first has left to be flushed: they take turns in that, too.
    if (pair % 2 == 0) {
      rates_called.push_back(take_turn(called));
      rates_by_hand.push_back(take_turn(by_hand));
    } else {
      rates_by_hand.push_back(take_turn(by_hand));
      rates_called.push_back(take_turn(called));
    }
    ratios.push_back(rates_called.back() / rates_by_hand.back());
  }
  return {.clients = static_cast<unsigned>(pool_ids.size()),
          .called = lab::median(rates_called),
          .by_hand = lab::median(rates_by_hand),
          .ratio = lab::median(ratios)};
}

}  // namespace

std::vector<Throughput> measure_throughput(lab::MariaDb& mariadb, const std::string& owner,
                                           const std::string& password) {
  mariadb.create_database(database);
  const RegistryUrl url = mariadb.url(owner, database);
  install_tables(url, password);
  std::vector<uint64_t> pool_ids;
  for (unsigned client = 0; client < clients.back(); ++client) {
    lab::load_pool(mariadb, database, pool_name(client), servers);
    const auto found = mariadb.execute("SELECT pool_id FROM pool WHERE name = '" + pool_name(client) + "'", database);
    pool_ids.push_back(std::stoull(found.at(0).at(0)));
  }
  mariadb.execute_all(
      {"CREATE TABLE by_hand LIKE server", "INSERT INTO by_hand SELECT * FROM server", "ANALYZE TABLE server, by_hand"},
      database);
  std::vector<Throughput> measured;
  for (const unsigned count : clients) {
    measured.push_back(measure(url, password, {pool_ids.begin(), pool_ids.begin() + count}));
  }
  mariadb.execute(std::string("DROP DATABASE ") + database);
  return measured;
}

}  // namespace buddyring
