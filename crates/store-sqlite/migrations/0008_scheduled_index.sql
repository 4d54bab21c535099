-- Every conversation that is opened shows the replies that wait in it; without this all of the desk's were looked through.
CREATE INDEX scheduled_conversation ON scheduled (conversation_id);
