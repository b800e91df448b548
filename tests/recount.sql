-- What a file of reports amounts to, by the words of the contract alone. `line` holds the file, in the order in
-- which it `arrived`, `province` the table of provinces,
-- `day` the days at whose end stocks are asked for. Nothing here comes from the code it is compared with.

-- A day may be a year, a month, "../day" (not later than) or a span, which counts on its first day.
CREATE MACRO first_day(told) AS CASE
    WHEN starts_with(told, '../') THEN DATE '0001-01-01'
    ELSE CAST(left(split_part(told, '/', 1) || '-01-01', 10) AS DATE) END;
CREATE MACRO end_of(part) AS CASE length(part)
    WHEN 4 THEN make_date(CAST(part AS INTEGER), 12, 31)
    WHEN 7 THEN last_day(CAST(part || '-01' AS DATE))
    ELSE CAST(part AS DATE) END;
CREATE MACRO latest_day(told) AS end_of(
    CASE WHEN starts_with(told, '../') THEN substr(told, 4) ELSE split_part(told, '/', 1) END);

-- --- Which reports count -------------------------------------------------------------------------------------------

-- What was sent twice is one report.
CREATE TABLE report AS
SELECT DISTINCT ON (source, id) * FROM line ORDER BY arrived;

CREATE TABLE amendment AS
SELECT a.arrived, a.type, target.arrived AS target
FROM report a JOIN report target
    ON target.source = a.data->>'$.target.source' AND target.id = a.data->>'$.target.id'
WHERE a.type IN ('report.corrected', 'report.withdrawn');

CREATE TABLE withdrawn AS
SELECT DISTINCT target AS arrived FROM amendment w WHERE type = 'report.withdrawn'
    AND NOT EXISTS (FROM amendment again WHERE again.type = 'report.withdrawn' AND again.target = w.arrived);

-- A correction may name another one; of those that stand the last counts.
CREATE TABLE correction AS
WITH RECURSIVE named AS (
    SELECT arrived, target AS original FROM amendment WHERE type = 'report.corrected'
    UNION ALL
    SELECT named.arrived, before.target FROM named
    JOIN amendment before ON before.arrived = named.original AND before.type = 'report.corrected')
SELECT original, max(arrived) AS arrived FROM named WHERE arrived NOT IN (FROM withdrawn) GROUP BY original;

CREATE TABLE told AS
WITH newest AS (
    SELECT report.arrived, report.type, report.subject, coalesce(corrected.data->'$.data', report.data) AS data
    FROM report LEFT JOIN correction ON correction.original = report.arrived
    LEFT JOIN report corrected ON corrected.arrived = correction.arrived
    WHERE report.arrived NOT IN (FROM withdrawn) AND report.type IN (
        'club.founded', 'club.launched', 'charter.adopted', 'club.moved', 'club.dissolved', 'club.merged',
        'members.counted', 'meeting.held',
        'fund.received', 'fund.spent', 'fund.counted', 'loan.disbursed', 'loan.repaid', 'meeting.cancelled',
        'activity.held', 'care.reported', 'health.checked', 'place.resolved', 'training.held', 'visit.made')),
dated AS (SELECT *, coalesce(data->>'occurred_on', data->>'planned_on', data->>'period') AS told FROM newest)
SELECT * EXCLUDE told, first_day(told) AS first, latest_day(told) AS last FROM dated;

-- --- Clubs ---------------------------------------------------------------------------------------------------------

CREATE TABLE founding AS
FROM told WHERE type = 'club.founded'
QUALIFY row_number() OVER (PARTITION BY subject ORDER BY arrived) = 1;

CREATE TABLE ending AS
SELECT told.subject, told.arrived, told.first, told.last FROM told JOIN founding USING (subject)
WHERE (told.type = 'club.dissolved' OR told.type = 'club.merged' AND told.data->>'kind' = 'merged')
    AND told.last >= founding.first
QUALIFY row_number() OVER (PARTITION BY told.subject ORDER BY told.arrived) = 1;

-- A club registered twice is counted under the other name.
CREATE TABLE alias AS
SELECT told.subject, arg_min(told.data->>'into', told.arrived) AS club FROM told JOIN founding USING (subject)
WHERE told.type = 'club.merged' AND told.data->>'kind' = 'same_club' AND told.last >= founding.first
GROUP BY told.subject;

CREATE TABLE name AS
WITH RECURSIVE called AS (
    SELECT subject, subject AS club FROM founding
    UNION ALL
    SELECT called.subject, alias.club FROM called JOIN alias ON alias.subject = called.club)
FROM called WHERE club NOT IN (SELECT subject FROM alias);

-- What counts, under the name of its club: not what is surely older than the club, nor, but for money, what is surely
-- younger than its end; of a second registration only what the club did.
CREATE TABLE standing AS
SELECT told.arrived, name.club, told.type, told.data, told.first, told.last
FROM told JOIN founding USING (subject) JOIN name USING (subject) LEFT JOIN ending USING (subject)
WHERE told.last >= founding.first AND (told.type <> 'club.founded' OR told.arrived = founding.arrived)
    AND (ending.last IS NULL OR ending.last >= told.first
        OR told.type IN ('club.founded', 'club.merged', 'club.dissolved') OR told.type[:5] IN ('fund.', 'loan.'))
    AND (name.club = subject OR told.type NOT IN ('club.founded', 'club.moved', 'club.dissolved', 'club.merged'));

CREATE TABLE club AS
SELECT club, standing.first AS first, standing.last AS founded, ending.first AS may_end, ending.last AS must_end,
    CASE WHEN ending.last IS NOT NULL THEN greatest(ending.last, standing.last) END AS ended
FROM standing LEFT JOIN ending ON ending.subject = club WHERE type = 'club.founded';

CREATE TABLE seat AS
SELECT club, province.now AS province,
    CASE standing.type WHEN 'club.founded' THEN DATE '0001-01-01' ELSE standing.last END AS since
FROM standing JOIN province ON list = data->>'$.place.list' AND code = data->>'$.place.province'
WHERE standing.type IN ('club.founded', 'club.moved');

-- Who decided where a club's commune lies. A decision has no day.
CREATE TABLE decision AS
SELECT told.arrived, name.club, told.data->'place' AS place FROM told JOIN name USING (subject)
WHERE told.type = 'place.resolved';

-- What happens outside clubs: of a training the newest report that it was held.
CREATE TABLE elsewhere AS
FROM told WHERE type = 'visit.made' OR type = 'training.held'
QUALIFY type = 'visit.made' OR row_number() OVER (PARTITION BY subject ORDER BY arrived DESC) = 1;

-- A head count speaks until the next one, for 24 months at most, and not beyond the end of its club.
CREATE TABLE head_count AS
WITH counted AS (
    SELECT club, last AS since, arrived, data->'members' AS heads FROM standing
    WHERE type IN ('club.founded', 'members.counted'))
SELECT since, coalesce(CAST(heads->>'total' AS BIGINT),
        CAST(heads->>'women' AS BIGINT) + CAST(heads->>'men' AS BIGINT)) AS people,
    greatest(since, least(
        make_date(year(since) + 2, month(since), least(day(since), 28)),
        coalesce(ended, DATE '9999-12-31'),
        coalesce(lead(since) OVER (PARTITION BY club ORDER BY since, arrived), DATE '9999-12-31'))) AS until
FROM counted JOIN club USING (club) WHERE heads IS NOT NULL;

-- --- Money ---------------------------------------------------------------------------------------------------------

CREATE TABLE money AS
WITH amounts AS (
    SELECT *, CAST(data->>'amount_vnd' AS BIGINT) AS amount,
        coalesce(CAST(data->>'principal_vnd' AS BIGINT), 0) AS principal,
        coalesce(CAST(data->>'interest_vnd' AS BIGINT), 0) AS interest
    FROM standing WHERE type[:5] IN ('fund.', 'loan.'))
SELECT club, data->>'fund' AS fund, last AS on_day, type, data->>'source' AS source,
    CASE type WHEN 'fund.received' THEN amount WHEN 'fund.spent' THEN -amount
        WHEN 'loan.disbursed' THEN -principal WHEN 'loan.repaid' THEN principal + interest ELSE 0 END AS cash,
    CASE type WHEN 'loan.disbursed' THEN principal WHEN 'loan.repaid' THEN -principal ELSE 0 END AS outstanding,
    CAST(data->>'cash_vnd' AS BIGINT) AS counted
FROM amounts;

-- The cash box at the end of a day, beside what was counted in it.
CREATE TABLE box AS
SELECT club, fund, counted, sum(cash) OVER (PARTITION BY club, fund ORDER BY on_day) AS cash FROM money;

-- --- Answers: what is asked, where and when, how many --------------------------------------------------------------

CREATE VIEW answer AS
    SELECT 'clubs' AS asked, ends::VARCHAR AS period, NULL AS of_what, count(*) AS number
        FROM club JOIN day ON founded <= ends AND (ended IS NULL OR ended > ends) GROUP BY ALL
    UNION ALL SELECT 'members', ends::VARCHAR, NULL, sum(people)
        FROM head_count JOIN day ON since <= ends AND until > ends GROUP BY ALL
    UNION ALL SELECT 'fund_vnd', ends::VARCHAR, NULL, sum(cash + outstanding)
        FROM money JOIN day ON on_day <= ends GROUP BY ALL
    UNION ALL SELECT 'loans_outstanding_vnd', ends::VARCHAR, NULL, sum(outstanding)
        FROM money JOIN day ON on_day <= ends GROUP BY ALL
    UNION ALL SELECT 'new_clubs', CASE WHEN year(first) = year(founded) THEN year(founded)::VARCHAR END, NULL, count(*)
        FROM club GROUP BY ALL
    UNION ALL SELECT 'loans_vnd', year(on_day)::VARCHAR, NULL, sum(outstanding) FROM money
        WHERE type = 'loan.disbursed' GROUP BY ALL
    UNION ALL SELECT 'meetings', strftime(last, '%Y-%m'), province, count(*)
        FROM standing ASOF JOIN seat ON standing.club = seat.club AND standing.last >= seat.since
        WHERE type = 'meeting.held' GROUP BY ALL
    UNION ALL SELECT 'received', NULL, source, sum(cash) FROM money WHERE type = 'fund.received' GROUP BY ALL
    UNION ALL SELECT 'cash', NULL, club || ' ' || fund, sum(cash) FROM money GROUP BY ALL
    UNION ALL SELECT 'counts that differ', NULL, NULL, count(*) FROM box WHERE counted <> cash;
