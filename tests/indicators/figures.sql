-- The indicators a second time, over the JSON lines of the export, written from their definitions alone.
-- Each part begins with a line that names it: views, the days of a duration, or what stands above and below the line.

-- views
CREATE TABLE line (doc TEXT);
CREATE TABLE whole (doc TEXT);
CREATE TABLE exposure (month TEXT, hours INTEGER, people INTEGER, incidents INTEGER);
CREATE TABLE area (term TEXT);
CREATE TABLE period (first TEXT, last TEXT);
CREATE VIEW anyone AS
    SELECT doc,
        doc ->> '$.id' AS id,
        doc ->> '$.state' AS state,
        doc ->> '$.record.report.reported_on' AS said,
        doc ->> '$.record.report.occurred_on' AS occurred,
        doc ->> '$.record.report.process_area' AS area,
        doc ->> '$.record.report.reporter.mode' AS mode,
        doc ->> '$.record.assessment.decision' AS decision,
        doc ->> '$.record.assessment.severity_potential' AS severity,
        doc ->> '$.record.assessment.assessed_on' AS assessed,
        doc ->> '$.record.assessment.reply' AS reply,
        CASE WHEN LENGTH(doc ->> '$.record.report.reported_on') = 10 THEN doc ->> '$.record.report.reported_on'
            ELSE MIN((SELECT last FROM period), DATE((doc ->> '$.record.report.reported_on') || '-01', '+1 month', '-1 day'))
        END AS day
    FROM line;
CREATE VIEW reported AS
    SELECT anyone.* FROM anyone JOIN period ON day BETWEEN first AND last;
CREATE VIEW accepted AS
    SELECT * FROM reported WHERE decision = 'near-miss' AND state NOT IN ('declined', 'escalated');
CREATE VIEW reported_in_whole_months AS
    SELECT * FROM reported WHERE SUBSTR(said, 1, 7) IN (SELECT month FROM exposure);
CREATE VIEW accepted_in_whole_months AS
    SELECT * FROM accepted WHERE SUBSTR(said, 1, 7) IN (SELECT month FROM exposure);
CREATE VIEW step AS
    SELECT doc ->> '$.id' AS id, j.value ->> '$.seq' AS seq, j.value ->> '$.transition' AS name,
        j.value ->> '$.from' AS came, j.value ->> '$.to' AS went, SUBSTR(j.value ->> '$.signed_at', 1, 10) AS day
    FROM line, JSON_EACH(doc, '$.steps') j;
CREATE VIEW closing AS
    SELECT step.* FROM step JOIN period ON day BETWEEN first AND last WHERE went IN ('verified', 'declined', 'escalated');
CREATE VIEW stay AS
    SELECT id, 'reported' AS state, CASE LENGTH(said) WHEN 10 THEN said END AS since,
        (SELECT day FROM step s WHERE s.id = anyone.id AND seq = 1) AS until
    FROM anyone
    UNION ALL
    SELECT id, went, day, (SELECT day FROM step t WHERE t.id = s.id AND t.seq > s.seq AND t.came <> t.went ORDER BY seq LIMIT 1)
    FROM step s WHERE came <> went;
CREATE VIEW ended_stay AS
    SELECT state, JULIANDAY(until) - JULIANDAY(since) AS days FROM stay JOIN period ON until BETWEEN first AND last;
CREATE VIEW answer AS
    SELECT id, assessed AS day FROM anyone WHERE reply IS NOT NULL AND LENGTH(assessed) = 10
    UNION ALL
    SELECT id, day FROM step WHERE name IN ('investigate', 'decline');
CREATE VIEW entry AS
    SELECT doc ->> '$.id' AS id, j.key AS place, j.value ->> '$.action' AS action, j.value ->> '$.status' AS status,
        j.value ->> '$.on' AS day
    FROM line, JSON_EACH(doc, '$.record.progress') j;
CREATE VIEW latest AS
    SELECT id, action, status, day, MAX(CAST(place AS INTEGER)) FROM entry GROUP BY id, action;
CREATE VIEW promised AS
    SELECT id, MIN(day) AS planned FROM step WHERE name = 'plan-action' GROUP BY id;
CREATE VIEW action AS
    SELECT promised.id, planned, j.value ->> '$.control' AS control, j.value ->> '$.due' AS due,
        COALESCE(j.value ->> '$.due_original', j.value ->> '$.due') AS first_due,
        COALESCE(JSON_ARRAY_LENGTH(j.value, '$.extensions'), 0) AS put_off,
        COALESCE(latest.status, 'open') AS status, latest.day AS moved
    FROM promised
    JOIN line ON doc ->> '$.id' = promised.id
    JOIN JSON_EACH(doc, '$.record.action_plan.actions') j
    LEFT JOIN latest ON latest.id = promised.id AND latest.action = j.value ->> '$.id';
CREATE VIEW open_action AS
    SELECT * FROM action WHERE status NOT IN ('done', 'cancelled');
CREATE VIEW due_action AS
    SELECT action.* FROM action JOIN period ON first_due >= first AND first_due < last WHERE status <> 'cancelled';
CREATE VIEW planned_action AS
    SELECT action.* FROM action JOIN period ON planned BETWEEN first AND last WHERE status <> 'cancelled';
CREATE VIEW checked AS
    SELECT j.value ->> '$.result' AS result
    FROM line JOIN JSON_EACH(doc, '$.record.verification.checks') j JOIN period ON j.value ->> '$.on' BETWEEN first AND last;
CREATE VIEW repeat AS
    SELECT j.value ->> '$.ref' AS original,
        CASE WHEN LENGTH(doc ->> '$.record.report.reported_on') = 10 THEN doc ->> '$.record.report.reported_on'
            ELSE MIN((SELECT last FROM period), DATE((doc ->> '$.record.report.reported_on') || '-01', '+1 month', '-1 day'))
        END AS day
    FROM whole JOIN JSON_EACH(doc, '$.record.report.links') j
    WHERE j.value ->> '$.kind' = 'repeat-of' AND doc ->> '$.state' <> 'declined';

-- days: report_lag
SELECT JULIANDAY(said) - JULIANDAY(occurred) FROM reported WHERE LENGTH(said) = 10 AND LENGTH(occurred) = 10;
-- days: time_to_first_feedback
SELECT JULIANDAY(MIN(answer.day)) - JULIANDAY(said) FROM anyone JOIN answer USING (id) WHERE LENGTH(said) = 10
GROUP BY id HAVING MIN(answer.day) BETWEEN (SELECT first FROM period) AND (SELECT last FROM period);
-- days: time_in_reported
SELECT days FROM ended_stay WHERE state = 'reported';
-- days: time_in_investigated
SELECT days FROM ended_stay WHERE state = 'investigated';
-- days: time_in_root_caused
SELECT days FROM ended_stay WHERE state = 'root-caused';
-- days: time_in_action
SELECT days FROM ended_stay WHERE state = 'action';
-- days: time_to_first_close
SELECT JULIANDAY(MIN(step.day)) - JULIANDAY(said) FROM anyone JOIN step USING (id) WHERE went = 'verified' AND LENGTH(said) = 10
GROUP BY id HAVING MIN(step.day) BETWEEN (SELECT first FROM period) AND (SELECT last FROM period);
-- days: time_to_last_close
SELECT JULIANDAY(MAX(step.day)) - JULIANDAY(said) FROM anyone JOIN step USING (id)
WHERE went = 'verified' AND state = 'verified' AND LENGTH(said) = 10
GROUP BY id HAVING MAX(step.day) BETWEEN (SELECT first FROM period) AND (SELECT last FROM period);
-- days: open_age
SELECT JULIANDAY(last) - JULIANDAY(said) FROM anyone, period
WHERE state IN ('reported', 'investigated', 'root-caused', 'action') AND LENGTH(said) = 10;

-- above: reports
SELECT COUNT(*) FROM reported;
-- above: near_misses
SELECT COUNT(*) FROM accepted;
-- above: near_miss_frequency
SELECT COUNT(*) FROM accepted_in_whole_months;
-- below: near_miss_frequency
SELECT SUM(hours) FROM exposure;
-- above: near_miss_to_incident
SELECT COUNT(*) FROM accepted_in_whole_months;
-- below: near_miss_to_incident
SELECT SUM(incidents) FROM exposure;
-- above: near_miss_share
SELECT COUNT(*) FROM accepted_in_whole_months;
-- below: near_miss_share
SELECT (SELECT COUNT(*) FROM accepted_in_whole_months) + (SELECT SUM(incidents) FROM exposure);
-- above: reports_per_100_people
SELECT COUNT(*) FROM reported_in_whole_months;
-- below: reports_per_100_people
SELECT SUM(people) FROM exposure;
-- above: high_potential_share
SELECT COUNT(*) FROM accepted WHERE severity >= 4;
-- below: high_potential_share
SELECT COUNT(severity) FROM accepted;
-- above: anonymous_share
SELECT COUNT(*) FROM reported WHERE mode = 'anonymous';
-- below: anonymous_share
SELECT COUNT(*) FROM reported WHERE mode <> 'external';
-- above: areas_reporting
SELECT COUNT(DISTINCT area) FROM reported WHERE area IN (SELECT term FROM area);
-- below: areas_reporting
SELECT COUNT(*) FROM area;
-- above: overdue
SELECT COUNT(*) FROM open_action JOIN period ON due < last;
-- below: overdue
SELECT COUNT(*) FROM open_action;
-- above: on_time
SELECT COUNT(*) FROM due_action WHERE status = 'done' AND moved <= first_due;
-- below: on_time
SELECT COUNT(*) FROM due_action;
-- above: extensions_per_action
SELECT SUM(put_off) FROM due_action;
-- below: extensions_per_action
SELECT COUNT(*) FROM due_action;
-- above: action_strength
SELECT SUM(CASE WHEN control IN ('elimination', 'substitution') THEN 3 WHEN control = 'engineering' THEN 2 ELSE 1 END) FROM planned_action;
-- below: action_strength
SELECT COUNT(*) FROM planned_action;
-- above: effectiveness
SELECT COUNT(*) FROM checked WHERE result = 'effective';
-- below: effectiveness
SELECT COUNT(*) FROM checked;
-- above: recurrence
SELECT COUNT(DISTINCT id) FROM step JOIN repeat ON original = id JOIN period ON repeat.day BETWEEN first AND last
WHERE went = 'verified' AND repeat.day > step.day AND repeat.day <= DATE(step.day, '+365 days');
-- below: recurrence
SELECT COUNT(DISTINCT id) FROM step JOIN period ON DATE(day, '+365 days') >= first WHERE went = 'verified';
-- above: reopen_rate
SELECT COUNT(DISTINCT closing.id) FROM closing JOIN step ON step.id = closing.id AND step.seq > closing.seq WHERE step.name = 'reopen';
-- below: reopen_rate
SELECT COUNT(DISTINCT id) FROM closing;

-- table: records_by_state
SELECT state, COUNT(*) FROM anyone GROUP BY state;
-- table: reports_by_month
SELECT SUBSTR(said, 1, 7), COUNT(*) FROM reported GROUP BY 1;
-- table: open_by_age
SELECT CASE WHEN LENGTH(said) < 10 THEN 'Day of the report not known'
    WHEN JULIANDAY(last) - JULIANDAY(said) <= 30 THEN 'up to 30 days'
    WHEN JULIANDAY(last) - JULIANDAY(said) <= 90 THEN '31 to 90 days'
    WHEN JULIANDAY(last) - JULIANDAY(said) <= 180 THEN '91 to 180 days'
    WHEN JULIANDAY(last) - JULIANDAY(said) <= 365 THEN '181 to 365 days'
    ELSE 'more than 365 days' END, COUNT(*)
FROM anyone, period WHERE state IN ('reported', 'investigated', 'root-caused', 'action') GROUP BY 1;
-- table: causes
SELECT j.value ->> '$.category', COUNT(*) FROM accepted JOIN JSON_EACH(doc, '$.record.root_cause.causes') j
WHERE j.value ->> '$.level' = 'root' AND accepted.id IN (SELECT id FROM step WHERE name = 'find-root-cause') GROUP BY 1;
