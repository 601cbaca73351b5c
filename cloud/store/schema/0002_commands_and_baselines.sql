-- Every command before it leaves, so that what a bench did can be traced to who asked for it
CREATE TABLE command (
    counter UBIGINT PRIMARY KEY, -- as sealed into the command; grows for ever
    bench VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    args JSON NOT NULL,
    sent_utc_s DOUBLE NOT NULL
);

-- Whose recipe the optimizer held for the best after each trial it was told of
CREATE TABLE incumbent (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL, -- after this trial
    incumbent INTEGER NOT NULL, -- trial with the best posterior mean among those tested
    PRIMARY KEY (campaign, trial)
);

-- What other strategies reached on the same simulated world and budget; true values, so simulated only
CREATE TABLE baseline (
    campaign VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    trials INTEGER NOT NULL, -- after so many
    best_ohm_cm2 DOUBLE NOT NULL, -- best measured r_interface so far
    incumbent_ohm_cm2 DOUBLE NOT NULL, -- true r_interface of the best posterior mean so far
    PRIMARY KEY (campaign, strategy, trials)
);
