-- The figures that each document had at the end of each local day, so that a trend shows exactly what was served.

-- The paths of the figures in a row of `history`, in their order. A row names them by number, because the names would
-- take more space than the figures.
CREATE TABLE dashboard_stats.history_paths (
    paths_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    paths   text[] NOT NULL UNIQUE
);

CREATE TABLE dashboard_stats.history (
    cache_key varchar(255) NOT NULL,
    day       date NOT NULL,
    -- Computed from what the projects tell, for days before this program was there; nothing of it was served.
    estimated boolean NOT NULL,
    paths_id   smallint NOT NULL REFERENCES dashboard_stats.history_paths,
    -- null where estimated.
    version   integer,
    as_of     timestamptz NOT NULL,
    figures   numeric[] NOT NULL,
    PRIMARY KEY (cache_key, day)
);
