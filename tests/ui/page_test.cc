// SPDX-License-Identifier: Apache-2.0
// The page of a real router over a real pool, in a real browser.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/lab/loaded_pool.h"
#include "tests/lab/pool.h"
#include "tests/lab/router.h"
#include "tests/ui/browser.h"

namespace buddyring::ui {
namespace {

using Json = nlohmann::json;

constexpr uint16_t ui_port = 8081;
constexpr const char* live = "document.body.dataset.link === 'live'";
constexpr const char* healed = "!document.querySelector('.ghost, .healing')";

std::string servers_are(unsigned count) {
  return "document.querySelectorAll('#ring [role=option]').length === " + std::to_string(count);
}

std::string text_of(const std::string& id) { return "document.getElementById('" + id + "').textContent"; }

std::string contains(const std::string& text, const std::string& part) { return text + ".includes('" + part + "')"; }

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Page : public testing::Test {
 protected:
  // For all tests of the suite; the lab is made while the process has no other thread.
  static void SetUpTestSuite() {
    shared = std::make_unique<lab::Lab>();
    browser = std::make_unique<Browser>(*shared);
  }
  static void TearDownTestSuite() {
    browser.reset();
    shared.reset();
  }
  inline static std::unique_ptr<lab::Lab> shared;
  inline static std::unique_ptr<Browser> browser;

  static std::string base() { return shared->router().address() + ":" + std::to_string(ui_port); }
  static std::unique_ptr<lab::Router> route(const std::string& pool) {
    return std::make_unique<lab::Router>(*shared, pool, std::vector<std::string>{"--ui=" + base()});
  }
  static void open(unsigned servers) {
    browser->open("http://" + base() + "/.buddyring/ui");
    browser->until(live);
    browser->until(servers_are(servers));
  }

  // s1 to s5 in three zones, s4 drained.
  void add_servers() {
    for (unsigned number = 1; number <= 5; ++number) {
      const std::string server = "s" + std::to_string(number);
      pool.prepare(server).settings().zone = std::string("zone-") + "abc"[number % 3];
      pool[server].start();
      all.insert(server);
    }
    ASSERT_EQ(pool.settle(all), "");
    ASSERT_TRUE(shared->with_registry([&](RegistryClient& table) {
      return table.drain(pool.name(), {.server = "s4", .by = "olga", .why = "a new disk"}, true).ok();
    }));
  }

  lab::Pool pool{*shared};
  std::set<std::string> all;
};

TEST_F(Page, ShowsADeathAndItsHealing) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  EXPECT_EQ(browser->value(text_of("centre") + ".includes('whole')"), true);
  EXPECT_EQ(browser->value("document.querySelectorAll('.node.drained').length"), 1);
  EXPECT_EQ(browser->value("document.querySelectorAll('#rows tr').length"), 5);
  EXPECT_EQ(browser->value(text_of("events") + ".includes('s4 was drained by olga')"), true);
  browser->picture("5-before");
  browser->picture("5-before-dark", "dark");

  const auto during = browser->begin_picture("5-during", "document.querySelector('.ghost')");
  pool["s3"].kill();
  browser->end_picture(*during);
  browser->until(servers_are(4));
  browser->until(contains(text_of("spoken"), "s3 died") + " || " + contains(text_of("events"), "s3 died"));
  browser->until(healed);
  browser->picture("5-after");
  // Each has two buddies that have it, and the dead is nobody's.
  EXPECT_EQ(browser->value(text_of("centre") + ".includes('The ring is whole')"), true);
  EXPECT_EQ(browser->value("document.querySelectorAll('.link').length"), 4);
  EXPECT_EQ(browser->value("document.querySelectorAll('.link.torn').length"), 0);
  EXPECT_EQ(browser->complaints(), "");
}

TEST_F(Page, TellsThoseWhoDoNotSeeIt) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  browser->value("(() => { globalThis.heard = []; new MutationObserver(() => heard.push(" + text_of("spoken") +
                 ")).observe(document.getElementById('spoken'), {childList: true}); })()");
  EXPECT_EQ(browser->value("document.getElementById('spoken').getAttribute('aria-live')"), "polite");
  pool["s2"].kill();
  browser->until("heard.some((text) => text.includes('s2 gone. The ring is whole, 4 servers.'))");
  browser->until("heard.some((text) => text.includes('s2 died: s'))");
  const Json said = browser->value("document.querySelector('#ring [role=option]').getAttribute('aria-label')");
  EXPECT_NE(said.get<std::string>().find("buddies s"), std::string::npos) << said;
  EXPECT_EQ(browser->complaints(), "");
}

// By real agents, the first of which tells after a minute and what its name adds to it.
TEST_F(Page, ShowsTheRoundTripsThatServersTell) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  EXPECT_EQ(browser->value("document.querySelectorAll('#rows .rtt').length"), 5);
  browser->until(
      "[...document.querySelectorAll('#rows .rtt')].some((cell) => /^< .+s . < .+s$/.test(cell.textContent))", 110);
  browser->until(
      "[...document.querySelectorAll('#ring [role=option]')].some((each) => "
      "each.getAttribute('aria-label').includes('(round trip below '))");
  browser->picture("5-rtts");
  EXPECT_EQ(browser->complaints(), "");
}

TEST_F(Page, IsUsedByKeyboardAlone) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  const std::string focused =
      "(document.activeElement.id || document.activeElement.getAttribute('role') || "
      "document.activeElement.closest('#rows, #columns')?.id || document.activeElement.className)";
  std::vector<std::string> stops;
  for (unsigned press = 0; press < 13; ++press) {
    browser->press({"Tab"});
    const std::string stop = browser->value(focused);
    if (stops.empty() || stops.back() != stop) {
      stops.push_back(stop);
    }
  }
  EXPECT_EQ(stops, (std::vector<std::string>{"skip", "option", "filter", "columns", "rows", "events"}));

  browser->value("document.querySelector('#ring [tabindex=\"0\"]').focus()");
  const std::string here = "document.activeElement.getAttribute('aria-label').split(',')[0]";
  const std::string first = browser->value(here);
  std::set<std::string> met{first};
  for (unsigned press = 0; press < 4; ++press) {
    browser->press({"ArrowRight"});
    met.insert(browser->value(here).get<std::string>());
    EXPECT_EQ(browser->value("document.activeElement.getAttribute('aria-selected')"), "true");
    EXPECT_EQ(browser->value(contains(text_of("centre"), "Buddies")), true);
  }
  EXPECT_EQ(met, all);
  browser->press({"ArrowRight"});
  EXPECT_EQ(browser->value(here), first) << "not once around";
  browser->press({"Escape"});
  EXPECT_EQ(browser->value(contains(text_of("centre"), "The ring is whole")), true);
  EXPECT_EQ(browser->complaints(), "");
}

// WCAG 2: 4.5 to 1 for text, 3 to 1 for large text and for what is drawn.
TEST_F(Page, HasContrastInLightAndDark) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  pool["s5"].kill();
  browser->until(servers_are(4));
  browser->until(contains(text_of("events"), "s5 died"));
  browser->value("document.querySelector('#ring [tabindex=\"0\"]').focus()");
  const std::string measure = read("tests/ui/contrast.js");
  for (const char* scheme : {"light", "dark"}) {
    const Json report = browser->value(measure, scheme);
    EXPECT_GT(report.at("measured"), 50) << scheme;
    EXPECT_EQ(report.at("low"), Json::array()) << scheme;
  }
}

TEST_F(Page, ComesBackAfterTheRouter) {
  add_servers();
  auto router = route(pool.name());
  open(5);
  EXPECT_EQ(browser->complaints(), "");
  router.reset();
  browser->until("document.body.dataset.link === 'lost'");
  EXPECT_EQ(browser->value(contains(text_of("link-text"), "Reconnecting")), true);
  browser->picture("5-lost");
  pool["s1"].kill();
  all.erase("s1");
  ASSERT_EQ(pool.settle(all), "");
  router = route(pool.name());
  browser->until(live);
  browser->until(servers_are(4));
  browser->until(contains(text_of("events"), "s1 died"));
}

TEST_F(Page, SaysThatTheTableIsOutOfReach) {
  add_servers();
  const auto router = route(pool.name());
  open(5);
  shared->stop_registry();
  browser->until("document.body.dataset.link === 'stale'");
  EXPECT_EQ(browser->value(servers_are(5)), true);
  shared->start_registry();
  browser->until(live);
  ASSERT_EQ(pool.settle(all), "");
}

TEST_F(Page, ShowsFiveHundred) {
  constexpr unsigned count = 500;
  lab::load_pool(shared->database(), "buddyring", "large", count);
  shared->database().execute(
      "UPDATE server SET zone = CONCAT('rack-', SUBSTR('abcdef', 1 + slot MOD 6, 1)) WHERE name LIKE 'n0%'",
      "buddyring");
  ASSERT_TRUE(shared->with_registry([&](RegistryClient& table) {
    for (unsigned number = 7; number <= count; number += 31) {
      if (!table.drain("large", {.server = lab::loaded_name(number), .by = "olga", .why = "new disks"}, true)) {
        return false;
      }
    }
    return true;
  }));
  const auto router = route("large");
  open(count);
  EXPECT_EQ(browser->value(text_of("centre") + ".includes('The ring is whole')"), true);
  EXPECT_EQ(browser->value("document.querySelectorAll('#rows tr').length"), count);
  browser->picture("500");
  browser->picture("500-dark", "dark");
  browser->value(
      "(() => { const filter = document.getElementById('filter'); filter.value = 'drained'; "
      "filter.dispatchEvent(new Event('input')); })()");
  EXPECT_EQ(browser->value(text_of("shown")), "16 of 500");
  EXPECT_EQ(browser->value("document.querySelectorAll('.node.found').length"), 16);

  const auto during = browser->begin_picture("500-during", "document.querySelector('.ghost')");
  ASSERT_TRUE(shared->with_registry([&](RegistryClient& table) {
    return table
        .remove("large",
                {.server = lab::loaded_name(77), .accuser = "olga", .reason = DeleteReason::removed, .evidence = {}})
        .ok();
  }));
  browser->end_picture(*during);
  browser->until(servers_are(count - 1));
  EXPECT_EQ(browser->complaints(), "");
}

}  // namespace
}  // namespace buddyring::ui
