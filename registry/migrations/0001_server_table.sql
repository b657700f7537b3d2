-- SPDX-License-Identifier: Apache-2.0
-- The server table: which servers a pool has, and who is whose buddy.
--
-- Only the procedures in registry/procedures write these tables, but for
-- schema_version, which is the installer's. Each statement may run twice, because
-- MariaDB cannot roll back the creation of a table and an interrupted
-- installation starts its migration anew.

-- One row a migration that was carried out; the installer adds it.
CREATE TABLE IF NOT EXISTS schema_version (
  version INT UNSIGNED NOT NULL,
  applied_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (version)
) ENGINE = InnoDB;

-- One row a pool. Whoever changes a pool locks this row first, so that all
-- changes of one pool come one after the other.
CREATE TABLE IF NOT EXISTS pool (
  pool_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  size INT UNSIGNED NOT NULL DEFAULT 0,
  version BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (pool_id),
  UNIQUE KEY pool_name (name)
) ENGINE = InnoDB;

-- One row a live server. Slots are 1 to pool.size without a gap, which makes the
-- pick of a random server one look-up. Buddies are names of servers of the same
-- pool; a server alone has none, of two each is the other's buddy twice.
CREATE TABLE IF NOT EXISTS server (
  pool_id INT UNSIGNED NOT NULL,
  slot INT UNSIGNED NOT NULL,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  replace_port SMALLINT UNSIGNED NOT NULL,
  incarnation BIGINT UNSIGNED NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL,
  buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL,
  announced_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (pool_id, name),
  UNIQUE KEY server_address (pool_id, address),
  UNIQUE KEY server_slot (pool_id, slot),
  CONSTRAINT server_pool FOREIGN KEY (pool_id) REFERENCES pool (pool_id)
) ENGINE = InnoDB;

-- What a name reached in earlier lives. It outlives the server's row, so that
-- neither a late deletion nor a late ServerReplace can fit a server's next life.
CREATE TABLE IF NOT EXISTS server_incarnation (
  pool_id INT UNSIGNED NOT NULL,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  incarnation BIGINT UNSIGNED NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (pool_id, name),
  CONSTRAINT server_incarnation_pool FOREIGN KEY (pool_id) REFERENCES pool (pool_id)
) ENGINE = InnoDB;

-- What happened to the pool, and on whose word. The two stamps are of the
-- accuser's own CLOCK_MONOTONIC: their difference means something, their values
-- only on that host.
CREATE TABLE IF NOT EXISTS audit (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event ENUM('announced', 'rejoined', 'deleted') NOT NULL,
  server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  incarnation BIGINT UNSIGNED NOT NULL,
  accuser VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason ENUM('dead', 'left', 'removed') NULL,
  last_answer_ns BIGINT UNSIGNED NULL,
  verdict_ns BIGINT UNSIGNED NULL,
  misses INT UNSIGNED NULL,
  detail VARCHAR(255) CHARACTER SET utf8mb4 NULL,
  PRIMARY KEY (id),
  KEY audit_pool_server (pool, server, id)
) ENGINE = InnoDB;
