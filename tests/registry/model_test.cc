// SPDX-License-Identifier: Apache-2.0
// The model of the server table, on which the core's tests and the simulator
// stand, says what the real procedures say: the same random calls to both, every
// reply compared, and at the end every row.
//
// Theory of operation. What is called is drawn from a fixed seed alone. New
// servers are announced beside the one that the model chose, because the table
// draws numbers of its own; its choice is compared by how good it is. Time stands
// still but for pass(), in the table by the session's own clock.
#include <random>

#include "tests/model/table.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;
using Outcome = DeleteReply::Outcome;

class ModelTest : public RegistryTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr unsigned names = 60;
  static constexpr unsigned steps = 1500;

  ModelTest() : random_(GetParam()), model_([this](uint64_t below) { return random_() % below; }) {}

  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::string any_name() { return "s" + std::to_string(random_() % names + 1); }
  std::string any_zone() { return std::array<std::string, 4>{"", "x", "y", "z"}[random_() % 4]; }
  // One that is there, if any is.
  std::string any_member() {
    if (model_.size() == 0) {
      return any_name();
    }
    return std::next(model_.rows().begin(), static_cast<ptrdiff_t>(random_() % model_.size()))->first;
  }
  // Accuses so often that it comes to the cap.
  std::string favourite() { return model_.size() == 0 ? any_name() : model_.rows().begin()->first; }
  std::string any_buddy(const std::string& of) {
    const ModelTable::Row* row = model_.find(of);
    return row == nullptr || row->a.empty() ? any_name() : chance(50) ? row->a : row->b;
  }

  void step() {
    const auto kind = random_() % 100;
    if (kind < 48) {
      announce_any();
    } else if (kind < 53) {
      rejoin_any();
    } else if (kind < 57) {
      leave_any();
    } else if (kind < 77) {
      judge_any();
    } else if (kind < 89) {
      suspect_any();
    } else if (kind < 94) {
      const std::string name = any_name();
      EXPECT_EQ(client().row(pool(), {name}).value().own, model_.row({name}).own);
    } else if (kind < 95) {
      pause_any();
    } else {
      pass(std::chrono::seconds{std::array{1, 1, 2, 2, 4, 5, 5, 60}[random_() % 8]});
    }
  }

  void announce_any() {
    AnnounceRequest request{.server = make_server(any_name()), .zone = any_zone()};
    request.server.replace_port = static_cast<uint16_t>(1 + random_() % 1000);
    if (chance(10)) {
      request.server.incarnation = 1 + random_() % 100;
    }
    if (chance(5)) {
      request.server.address = make_server(any_name()).address;  // perhaps another's
    }
    const BesideReply place = client().beside(pool(), {.server = request.server.name, .zone = request.zone}).value();
    const BesideReply modelled = model_.beside({.server = request.server.name, .zone = request.zone});
    ASSERT_EQ(place.known, modelled.known);
    ASSERT_EQ(place.beside.has_value(), modelled.beside.has_value());
    if (place.beside) {
      ASSERT_TRUE(place.next && modelled.next);
      EXPECT_EQ(model_.row({place.beside->server.name}).own->epoch, place.beside->epoch);
      EXPECT_EQ(model_.find(place.next->server.name)->server, place.next->server);
      if (model_.size() <= 16) {
        EXPECT_EQ(score(place, request.zone), score(modelled, request.zone));
      }
      request.beside = chance(10) ? any_name() : modelled.beside->server.name;
    }
    announce_both(request);
  }

  [[nodiscard]] int score(const BesideReply& place, const std::string& zone) const {
    const auto differs = [&](const std::optional<BuddyRow>& row) {
      return zone.empty() || model_.find(row->server.name)->zone != zone;
    };
    return int{differs(place.beside)} + int{differs(place.next)};
  }

  void rejoin_any() {
    const std::string name = any_member();
    if (model_.find(name) != nullptr) {
      announce_both({.server = make_server(name), .zone = any_zone()});
    }
  }

  void announce_both(const AnnounceRequest& request) {
    const auto reply = client().announce(pool(), request);
    const auto modelled = model_.announce(request, now_);
    ASSERT_EQ(reply.ok(), modelled.ok()) << request.server.name;
    if (!reply) {
      EXPECT_EQ(reply.error().kind, modelled.error().kind) << reply.error().message;
      ++refused_announcements_;
      return;
    }
    EXPECT_EQ(reply.value().rejoined, modelled.value().rejoined);
    EXPECT_EQ(reply.value().own, modelled.value().own);
  }

  void leave_any() {
    const std::string name = chance(90) ? any_member() : any_name();
    remove_both({.server = name,
                 .incarnation = chance(50) ? 0 : 1 + random_() % 3,
                 .accuser = chance(50) ? name : any_name(),
                 .reason = chance(50) ? DeleteReason::left : DeleteReason::removed,
                 .evidence = {}});
  }

  // As an agent would put it after a walk of its own, and then often wrong.
  void judge_any() {
    DeleteRequest request{.server = "",
                          .incarnation = 1,
                          .accuser = chance(70) ? favourite() : any_member(),
                          .reason = DeleteReason::dead,
                          .evidence = {},
                          .word = WitnessWord::concurs};
    request.server = any_buddy(request.accuser);
    std::string before = request.accuser;
    std::string at = request.server;
    // Long runs where the pool is large enough, and seldom all the rest of a small one.
    const size_t wanted = chance(model_.size() > 10 ? 30 : 5) ? limits::beyond_max - 1 : random_() % 3;
    for (const ModelTable::Row* row = model_.find(at); row != nullptr; row = model_.find(at)) {
      before = std::exchange(at, row->a == before ? row->b : row->a);
      if (request.run.size() == wanted || at.empty() || at == request.accuser) {
        request.witness = at;
        break;
      }
      request.run.push_back({at, model_.find(at)->server.incarnation});
    }
    if (request.witness == request.accuser) {
      request.word = WitnessWord::closed;
      request.witness.clear();
    } else if (request.run.size() == limits::beyond_max - 1 && chance(50)) {
      request.word = WitnessWord::beyond;
      request.witness.clear();
    } else if (chance(30)) {
      request.word = WitnessWord::abstains;
    }
    if (const ModelTable::Row* row = model_.find(request.server); row != nullptr) {
      request.incarnation = row->server.incarnation;
    }
    if (chance(25)) {
      spoil(request);
    }
    remove_both(request);
  }

  void spoil(DeleteRequest& request) {
    switch (random_() % 7) {
      case 0:
        request.witness = any_name();
        break;
      case 1:
        request.witness.clear();
        break;
      case 2:
        request.word = std::array{WitnessWord::concurs, WitnessWord::abstains, WitnessWord::closed,
                                  WitnessWord::beyond}[random_() % 4];
        break;
      case 3:
        request.incarnation += 1;
        break;
      case 4:
        request.accuser = any_name();
        break;
      case 5:
        if (!request.run.empty()) {
          RunMember& member = request.run[random_() % request.run.size()];
          if (chance(50)) {
            member.incarnation += 1;
          } else {
            member.server = any_name();
          }
        }
        break;
      default:
        if (request.run.size() < limits::beyond_max - 1) {
          request.run.push_back({any_name(), 1});
        }
        break;
    }
  }

  void remove_both(const DeleteRequest& request) {
    const DeleteReply reply = judge(request);
    const DeleteReply modelled = model_.remove(request, now_);
    EXPECT_EQ(reply.outcome, modelled.outcome) << text(request);
    EXPECT_EQ(reply.buddies, modelled.buddies) << text(request);
    EXPECT_EQ(reply.own, modelled.own) << text(request);
    ++outcomes_[reply.outcome];
    if (reply.outcome == Outcome::deleted) {
      ++words_[request.word];
      longest_run_ = std::max(longest_run_, 1 + request.run.size());
    }
  }

  static std::string text(const DeleteRequest& request) {
    std::string run;
    for (const RunMember& member : request.run) {
      run += " " + member.server + "=" + std::to_string(member.incarnation);
    }
    return request.accuser + " deletes " + request.server + run + ", witness " + request.witness + ", word " +
           std::to_string(static_cast<int>(request.word));
  }

  void suspect_any() {
    const std::string server = chance(90) ? any_member() : any_name();
    BeyondRequest request{.server = server, .suspect = chance(90) ? any_buddy(server) : any_name()};
    // Often whoever accuses others most, so that its verdicts are disputed.
    if (chance(50)) {
      request = {.server = any_buddy(favourite()), .suspect = favourite()};
    }
    const BeyondReply reply = client().beyond(pool(), request).value();
    const BeyondReply modelled = model_.beyond(request, now_);
    EXPECT_EQ(reply.own, modelled.own);
    ASSERT_EQ(reply.beyond.size(), modelled.beyond.size()) << server << " suspects " << request.suspect;
    for (size_t i = 0; i < reply.beyond.size(); ++i) {
      EXPECT_EQ(reply.beyond[i].row, modelled.beyond[i].row);
      EXPECT_EQ(reply.beyond[i].faces_with_a, modelled.beyond[i].faces_with_a);
    }
  }

  // Short, so that most verdicts count all the same; or what was paused goes on. The model's
  // table knows no pause that changes nothing, as nobody has it made.
  void pause_any() {
    const std::chrono::seconds length{model_.is_paused(now_) ? random_() % 3 : 1 + random_() % 3};
    EXPECT_TRUE(client().pause(pool(), {.server = "", .by = "olga", .why = ""}, length).value().changed);
    model_.pause(now_ + length);
  }

  void pass(std::chrono::seconds time) {
    now_ += time;
    stop_clock_at(std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()));
  }

  void expect_the_same_table() {
    std::map<std::string, std::vector<std::string>> real;
    for (const auto& row : sql("SELECT name, slot, address, replace_port, incarnation, epoch, COALESCE(buddy_a, ''), "
                               "COALESCE(buddy_b, ''), zone, COALESCE(accused_by_a, ''), COALESCE(accused_by_b, '') "
                               "FROM server WHERE pool_id = $ID")) {
      real[row[0]] = {row.begin() + 1, row.end()};
    }
    std::map<std::string, std::vector<std::string>> modelled;
    for (const auto& [name, row] : model_.rows()) {
      modelled[name] = {std::to_string(row.slot + 1),
                        row.server.address.text(),
                        std::to_string(row.server.replace_port),
                        std::to_string(row.server.incarnation),
                        std::to_string(row.epoch),
                        row.a,
                        row.b,
                        row.zone,
                        row.marks[0].by,
                        row.marks[1].by};
    }
    EXPECT_EQ(real, modelled);
    EXPECT_EQ(client().pool_version(pool()).value(), model_.version());
    EXPECT_EQ(violations(), std::vector<std::string>{});
  }

  std::mt19937 random_;
  ModelTable model_;
  Instant now_{1h};
  std::map<Outcome, unsigned> outcomes_;
  std::map<WitnessWord, unsigned> words_;
  size_t longest_run_ = 0;
  unsigned refused_announcements_ = 0;
};

TEST_P(ModelTest, SaysWhatTheTableSays) {
  pass(0s);
  for (unsigned i = 0; i < steps; ++i) {
    SCOPED_TRACE("step " + std::to_string(i));
    step();
    ASSERT_FALSE(HasFailure());
    if (i % 50 == 49) {
      expect_the_same_table();
      ASSERT_FALSE(HasFailure());
    }
  }
  expect_the_same_table();
  // Or the sequence has shown less than it seems.
  for (const Outcome outcome : {Outcome::deleted, Outcome::already, Outcome::superseded, Outcome::not_buddy,
                                Outcome::changed, Outcome::disputed, Outcome::capped, Outcome::paused}) {
    EXPECT_GT(outcomes_[outcome], 0U) << static_cast<int>(outcome);
  }
  for (const WitnessWord word :
       {WitnessWord::none, WitnessWord::concurs, WitnessWord::abstains, WitnessWord::closed, WitnessWord::beyond}) {
    EXPECT_GT(words_[word], 0U) << static_cast<int>(word);
  }
  EXPECT_EQ(longest_run_, limits::beyond_max);
  EXPECT_GT(refused_announcements_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range(2U, 7U));

}  // namespace
}  // namespace buddyring
